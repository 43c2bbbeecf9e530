-- nem12_values: the interval values of one channel and day, exact decimals packed.

CREATE TYPE nem12_values;

CREATE FUNCTION nem12_values_in(cstring) RETURNS nem12_values
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE FUNCTION nem12_values_out(nem12_values) RETURNS cstring
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE FUNCTION nem12_values_recv(internal) RETURNS nem12_values
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE FUNCTION nem12_values_send(nem12_values) RETURNS bytea
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';

-- EXTERNAL: the bytes are packed already, compressing them again gains nothing.
CREATE TYPE nem12_values (
    INPUT = nem12_values_in,
    OUTPUT = nem12_values_out,
    RECEIVE = nem12_values_recv,
    SEND = nem12_values_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = int4,
    STORAGE = external
);

-- Equal days have equal bytes, so bytes are what is compared. The order is for indexes and DISTINCT, it says nothing about energy.

CREATE FUNCTION nem12_values_eq(nem12_values, nem12_values) RETURNS boolean
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE FUNCTION nem12_values_ne(nem12_values, nem12_values) RETURNS boolean
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE FUNCTION nem12_values_lt(nem12_values, nem12_values) RETURNS boolean
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE FUNCTION nem12_values_le(nem12_values, nem12_values) RETURNS boolean
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE FUNCTION nem12_values_gt(nem12_values, nem12_values) RETURNS boolean
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE FUNCTION nem12_values_ge(nem12_values, nem12_values) RETURNS boolean
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE FUNCTION nem12_values_cmp(nem12_values, nem12_values) RETURNS integer
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE FUNCTION nem12_values_hash(nem12_values) RETURNS integer
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE FUNCTION nem12_values_hash_extended(nem12_values, bigint) RETURNS bigint
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';

CREATE OPERATOR = (
    LEFTARG = nem12_values, RIGHTARG = nem12_values, FUNCTION = nem12_values_eq, COMMUTATOR = =, NEGATOR = <>,
    RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
CREATE OPERATOR <> (
    LEFTARG = nem12_values, RIGHTARG = nem12_values, FUNCTION = nem12_values_ne, COMMUTATOR = <>, NEGATOR = =,
    RESTRICT = neqsel, JOIN = neqjoinsel
);
CREATE OPERATOR < (
    LEFTARG = nem12_values, RIGHTARG = nem12_values, FUNCTION = nem12_values_lt, COMMUTATOR = >, NEGATOR = >=,
    RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
CREATE OPERATOR <= (
    LEFTARG = nem12_values, RIGHTARG = nem12_values, FUNCTION = nem12_values_le, COMMUTATOR = >=, NEGATOR = >,
    RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
CREATE OPERATOR > (
    LEFTARG = nem12_values, RIGHTARG = nem12_values, FUNCTION = nem12_values_gt, COMMUTATOR = <, NEGATOR = <=,
    RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
CREATE OPERATOR >= (
    LEFTARG = nem12_values, RIGHTARG = nem12_values, FUNCTION = nem12_values_ge, COMMUTATOR = <=, NEGATOR = <,
    RESTRICT = scalargesel, JOIN = scalargejoinsel
);

CREATE OPERATOR CLASS nem12_values_ops DEFAULT FOR TYPE nem12_values USING btree AS
    OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
    FUNCTION 1 nem12_values_cmp(nem12_values, nem12_values);
CREATE OPERATOR CLASS nem12_values_ops DEFAULT FOR TYPE nem12_values USING hash AS
    OPERATOR 1 =,
    FUNCTION 1 nem12_values_hash(nem12_values),
    FUNCTION 2 nem12_values_hash_extended(nem12_values, bigint);

CREATE FUNCTION nem12_values(numeric[]) RETURNS nem12_values
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'nem12_values_from_numeric';
CREATE FUNCTION nem12_values_to_numeric(nem12_values) RETURNS numeric[]
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE FUNCTION nem12_values_to_float8(nem12_values) RETURNS float8[]
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';

CREATE CAST (numeric[] AS nem12_values) WITH FUNCTION nem12_values(numeric[]) AS ASSIGNMENT;
CREATE CAST (nem12_values AS numeric[]) WITH FUNCTION nem12_values_to_numeric(nem12_values) AS ASSIGNMENT;
CREATE CAST (nem12_values AS float8[]) WITH FUNCTION nem12_values_to_float8(nem12_values) AS ASSIGNMENT;

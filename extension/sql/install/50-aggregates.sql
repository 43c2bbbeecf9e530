-- Aggregates over days; a day is never expanded into its values.

CREATE FUNCTION nem12_summary_add(internal, nem12_values) RETURNS internal
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE FUNCTION nem12_bucket_add(internal, nem12_bucket) RETURNS internal
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE FUNCTION nem12_summary_combine(internal, internal) RETURNS internal
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE FUNCTION nem12_summary_serialize(internal) RETURNS bytea
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE FUNCTION nem12_summary_deserialize(bytea, internal) RETURNS internal
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE FUNCTION nem12_summary_sum(internal) RETURNS numeric
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE FUNCTION nem12_summary_min(internal) RETURNS numeric
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE FUNCTION nem12_summary_max(internal) RETURNS numeric
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE FUNCTION nem12_summary_avg(internal) RETURNS numeric
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE FUNCTION nem12_summary_count(internal) RETURNS bigint
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';

CREATE FUNCTION nem12_profile_add(internal, nem12_values) RETURNS internal
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE FUNCTION nem12_profile_combine(internal, internal) RETURNS internal
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE FUNCTION nem12_profile_serialize(internal) RETURNS bytea
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE FUNCTION nem12_profile_deserialize(bytea, internal) RETURNS internal
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE FUNCTION nem12_profile_totals(internal) RETURNS numeric[]
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';

-- Equal transition functions: several of these in one query share one state.
CREATE AGGREGATE nem12_sum_days(nem12_values) (
    SFUNC = nem12_summary_add, STYPE = internal, SSPACE = 100, FINALFUNC = nem12_summary_sum,
    COMBINEFUNC = nem12_summary_combine, SERIALFUNC = nem12_summary_serialize, DESERIALFUNC = nem12_summary_deserialize,
    PARALLEL = SAFE
);
CREATE AGGREGATE nem12_min_days(nem12_values) (
    SFUNC = nem12_summary_add, STYPE = internal, SSPACE = 100, FINALFUNC = nem12_summary_min,
    COMBINEFUNC = nem12_summary_combine, SERIALFUNC = nem12_summary_serialize, DESERIALFUNC = nem12_summary_deserialize,
    PARALLEL = SAFE
);
CREATE AGGREGATE nem12_max_days(nem12_values) (
    SFUNC = nem12_summary_add, STYPE = internal, SSPACE = 100, FINALFUNC = nem12_summary_max,
    COMBINEFUNC = nem12_summary_combine, SERIALFUNC = nem12_summary_serialize, DESERIALFUNC = nem12_summary_deserialize,
    PARALLEL = SAFE
);
CREATE AGGREGATE nem12_avg_days(nem12_values) (
    SFUNC = nem12_summary_add, STYPE = internal, SSPACE = 100, FINALFUNC = nem12_summary_avg,
    COMBINEFUNC = nem12_summary_combine, SERIALFUNC = nem12_summary_serialize, DESERIALFUNC = nem12_summary_deserialize,
    PARALLEL = SAFE
);
CREATE AGGREGATE nem12_count_days(nem12_values) (
    SFUNC = nem12_summary_add, STYPE = internal, SSPACE = 100, FINALFUNC = nem12_summary_count,
    COMBINEFUNC = nem12_summary_combine, SERIALFUNC = nem12_summary_serialize, DESERIALFUNC = nem12_summary_deserialize,
    PARALLEL = SAFE
);
CREATE AGGREGATE nem12_profile_days(nem12_values) (
    SFUNC = nem12_profile_add, STYPE = internal, SSPACE = 5000, FINALFUNC = nem12_profile_totals,
    COMBINEFUNC = nem12_profile_combine, SERIALFUNC = nem12_profile_serialize, DESERIALFUNC = nem12_profile_deserialize,
    PARALLEL = SAFE
);

-- The same of buckets: what sum, min, max, avg and count become where readings are combined.
CREATE AGGREGATE nem12_sum_buckets(nem12_bucket) (
    SFUNC = nem12_bucket_add, STYPE = internal, SSPACE = 100, FINALFUNC = nem12_summary_sum,
    COMBINEFUNC = nem12_summary_combine, SERIALFUNC = nem12_summary_serialize, DESERIALFUNC = nem12_summary_deserialize,
    PARALLEL = SAFE
);
CREATE AGGREGATE nem12_min_buckets(nem12_bucket) (
    SFUNC = nem12_bucket_add, STYPE = internal, SSPACE = 100, FINALFUNC = nem12_summary_min,
    COMBINEFUNC = nem12_summary_combine, SERIALFUNC = nem12_summary_serialize, DESERIALFUNC = nem12_summary_deserialize,
    PARALLEL = SAFE
);
CREATE AGGREGATE nem12_max_buckets(nem12_bucket) (
    SFUNC = nem12_bucket_add, STYPE = internal, SSPACE = 100, FINALFUNC = nem12_summary_max,
    COMBINEFUNC = nem12_summary_combine, SERIALFUNC = nem12_summary_serialize, DESERIALFUNC = nem12_summary_deserialize,
    PARALLEL = SAFE
);
CREATE AGGREGATE nem12_avg_buckets(nem12_bucket) (
    SFUNC = nem12_bucket_add, STYPE = internal, SSPACE = 100, FINALFUNC = nem12_summary_avg,
    COMBINEFUNC = nem12_summary_combine, SERIALFUNC = nem12_summary_serialize, DESERIALFUNC = nem12_summary_deserialize,
    PARALLEL = SAFE
);
CREATE AGGREGATE nem12_count_buckets(nem12_bucket) (
    SFUNC = nem12_bucket_add, STYPE = internal, SSPACE = 100, FINALFUNC = nem12_summary_count,
    COMBINEFUNC = nem12_summary_combine, SERIALFUNC = nem12_summary_serialize, DESERIALFUNC = nem12_summary_deserialize,
    PARALLEL = SAFE
);

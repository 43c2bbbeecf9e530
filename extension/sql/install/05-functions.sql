-- Functions that store nothing.

CREATE FUNCTION nem12_sum("values" nem12_values) RETURNS numeric
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE FUNCTION nem12_min("values" nem12_values) RETURNS numeric
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE FUNCTION nem12_max("values" nem12_values) RETURNS numeric
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE FUNCTION nem12_avg("values" nem12_values) RETURNS numeric
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE FUNCTION nem12_count("values" nem12_values) RETURNS integer
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE FUNCTION nem12_value("values" nem12_values, n integer) RETURNS numeric
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE FUNCTION nem12_unpack("values" nem12_values, OUT n integer, OUT value numeric) RETURNS SETOF record
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 288 AS 'MODULE_PATHNAME';

-- 288 values to 96 or 48: 'sum' for energy, 'mean' for volts and the like, rounded half away from zero at 7 decimals.
CREATE FUNCTION nem12_resample("values" nem12_values, intervals integer, method text DEFAULT 'sum') RETURNS nem12_values
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE FUNCTION nem12_values_add(nem12_values, nem12_values) RETURNS nem12_values
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE FUNCTION nem12_values_subtract(nem12_values, nem12_values) RETURNS nem12_values
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OPERATOR + (LEFTARG = nem12_values, RIGHTARG = nem12_values, FUNCTION = nem12_values_add, COMMUTATOR = +);
CREATE OPERATOR - (LEFTARG = nem12_values, RIGHTARG = nem12_values, FUNCTION = nem12_values_subtract);

-- What a day's quality says of its values: how many have a method of this flag (A, S, F, E, N), the sum of those that are not actual.
CREATE FUNCTION nem12_count_quality("values" nem12_values, quality text, events text, flag text) RETURNS integer
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE FUNCTION nem12_sum_not_actual("values" nem12_values, quality text, events text) RETURNS numeric
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';

-- The market's spelling of a unit, "kWh" for "KWH"; what is no unit of the market's stays as it is.
CREATE FUNCTION nem12_uom(uom text) RETURNS text
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
-- What an NMI suffix means: import, export, net, ...
CREATE FUNCTION nem12_flow(nmi_suffix text) RETURNS text
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';

CREATE FUNCTION nem12_nmi_checksum(nmi text) RETURNS integer
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE FUNCTION nem12_nmi_is_valid(nmi text) RETURNS boolean
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';

CREATE FUNCTION nem12_parse(content bytea, dialect text DEFAULT 'strict')
    RETURNS TABLE (
        line_no bigint, nmi text, nmi_suffix text, interval_date date, interval_length integer, uom text, meter_serial text,
        "values" nem12_values, quality_method text, reason_code smallint, reason_description text, events text,
        update_datetime timestamp, msats_load_datetime timestamp, file_creation_date timestamp
    )
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';

-- What nem12_load() would say of the file now: STABLE, because a file from the future is refused.
CREATE FUNCTION nem12_validate(content bytea, dialect text DEFAULT 'strict')
    RETURNS TABLE (line_no bigint, record_indicator integer, field integer, severity text, code text, message text)
    LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';

CREATE FUNCTION nem12_day_readings_support(internal) RETURNS internal
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';

CREATE FUNCTION nem12_day_readings(interval_date date, "values" nem12_values, quality text, events text)
    RETURNS TABLE (
        "timestamp" timestamp, interval_end timestamp, consumption numeric, interval_length integer,
        quality_method text, reason_code smallint, reason_description text, "time" timestamptz
    )
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 288 SUPPORT nem12_day_readings_support AS 'MODULE_PATHNAME';

-- What the planner puts in the place of nem12_day_readings where a query tells apart no readings of a bucket of the day.
CREATE TYPE nem12_bucket;
CREATE FUNCTION nem12_bucket_in(cstring) RETURNS nem12_bucket
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE FUNCTION nem12_bucket_out(nem12_bucket) RETURNS cstring
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE TYPE nem12_bucket (INPUT = nem12_bucket_in, OUTPUT = nem12_bucket_out, INTERNALLENGTH = 40, ALIGNMENT = double);

CREATE FUNCTION nem12_day_buckets(interval_date date, "values" nem12_values, quality text, events text, minutes integer,
                                  by_quality boolean)
    RETURNS TABLE (
        "timestamp" timestamp, interval_end timestamp, consumption numeric, interval_length integer,
        quality_method text, reason_code smallint, reason_description text, "time" timestamptz,
        bucket_start timestamp, bucket_last timestamp, bucket_start_time timestamptz, bucket_last_time timestamptz,
        readings nem12_bucket, bucket nem12_bucket
    )
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 24 SUPPORT nem12_day_readings_support AS 'MODULE_PATHNAME';

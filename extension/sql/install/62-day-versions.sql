-- For analysts: the versions of days, what was known at a moment, and what a re-delivery changed.

-- Every version of every day, whatever became of it.
CREATE VIEW @extschema@.nem12_day_versions AS
SELECT v.nmi,
       v.nmi_suffix,
       v.interval_date,
       v.status,
       v."values",
       v.quality,
       v.events,
       v.update_datetime,
       v.msats_load_datetime,
       v.file_id,
       v.line_no,
       f.file_name,
       f.sha256,
       f.file_creation_date,
       f.from_participant,
       f.to_participant,
       f.loaded_at,
       v.outcome,
       v.won_by_file_id,
       v.won_by_line_no,
       v.was_current,
       v.superseded_at,
       v.details_id,
       @extschema@.nem12_uom(c.uom) AS uom,
       @extschema@.nem12_flow(v.nmi_suffix) AS flow,
       c.interval_length,
       c.uom AS uom_as_written,
       c.nmi_configuration,
       c.register_id,
       c.mdm_data_stream,
       c.meter_serial,
       c.next_scheduled_read,
       (SELECT string_agg(concat_ws(',', b.trans_code, b.ret_service_order,
                                    coalesce(to_char(b.read_datetime, 'YYYYMMDDHH24MISS'), ''), b.index_read),
                          E'\n' ORDER BY b.line_no)
        FROM @extschema@.nem12_b2b_details b
        WHERE b.nmi = v.nmi AND b.nmi_suffix = v.nmi_suffix AND b.interval_date = v.interval_date AND b.file_id = v.file_id)
           AS b2b_details
FROM (
    SELECT @days.columns d@,
           'current'::text AS status, NULL::text AS outcome, NULL::bigint AS won_by_file_id, NULL::integer AS won_by_line_no,
           true AS was_current, NULL::timestamptz AS superseded_at
    FROM @extschema@.nem12_interval_days d
    UNION ALL
    SELECT @days.columns d@,
           'superseded', d.outcome, d.won_by_file_id, d.won_by_line_no, d.merge_id IS NOT NULL, d.superseded_at
    FROM @extschema@.nem12_superseded_days d
    UNION ALL
    SELECT @days.columns d@,
           'staged', NULL, NULL, NULL, false, NULL
    FROM @extschema@.nem12_staging_days d
) v
LEFT JOIN @extschema@.nem12_files f ON f.file_id = v.file_id
LEFT JOIN @extschema@.nem12_channel_details c
       ON c.nmi = v.nmi AND c.nmi_suffix = v.nmi_suffix AND c.details_id = v.details_id;

-- Whether a version is newer than another of the same day: the order of 30-merge.sql. A missing time is older than any.
CREATE FUNCTION @extschema@.nem12_is_newer(
    updates_first boolean, update_datetime timestamp, file_creation_date timestamp, sha256 bytea, line_no integer, file_id bigint,
    than_update_datetime timestamp, than_file_creation_date timestamp, than_sha256 bytea, than_line_no integer, than_file_id bigint)
RETURNS boolean LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';

-- What was known at a moment: of each day the newest among the versions whose file was loaded by then. A current version can only
-- be beaten by one that is not, so that the store is compared with the few versions beside it and never with itself. What is
-- asked for is said of both sides, or the planner would open every month to look for what may beat a day of one.
CREATE FUNCTION @extschema@.nem12_days_known(as_of timestamptz, only_nmi text, first_date date, last_date date)
RETURNS SETOF @extschema@.nem12_day_versions LANGUAGE sql STABLE ROWS 1000000
BEGIN ATOMIC
    SELECT v.*
    FROM @extschema@.nem12_day_versions v
    WHERE v.status = 'current' AND v.loaded_at <= as_of
      AND v.interval_date BETWEEN first_date AND last_date AND (only_nmi IS NULL OR v.nmi = only_nmi)
      AND NOT EXISTS (
        SELECT FROM @extschema@.nem12_day_versions o
        WHERE o.status IN ('superseded', 'staged') AND o.nmi = v.nmi AND o.nmi_suffix = v.nmi_suffix
          AND o.interval_date = v.interval_date AND o.loaded_at <= as_of
          AND o.interval_date BETWEEN first_date AND last_date AND (only_nmi IS NULL OR o.nmi = only_nmi)
          AND @extschema@.nem12_is_newer(current_setting('nem12.version_order', true) = 'update_datetime',
                                         o.update_datetime, o.file_creation_date, o.sha256, o.line_no, o.file_id,
                                         v.update_datetime, v.file_creation_date, v.sha256, v.line_no, v.file_id))
    UNION ALL
    SELECT v.*
    FROM @extschema@.nem12_day_versions v
    WHERE v.status IN ('superseded', 'staged') AND v.loaded_at <= as_of
      AND v.interval_date BETWEEN first_date AND last_date AND (only_nmi IS NULL OR v.nmi = only_nmi)
      AND NOT EXISTS (
        SELECT FROM @extschema@.nem12_day_versions o
        WHERE o.status IN ('superseded', 'staged') AND o.nmi = v.nmi AND o.nmi_suffix = v.nmi_suffix
          AND o.interval_date = v.interval_date AND o.loaded_at <= as_of
          AND o.interval_date BETWEEN first_date AND last_date AND (only_nmi IS NULL OR o.nmi = only_nmi)
          AND @extschema@.nem12_is_newer(current_setting('nem12.version_order', true) = 'update_datetime',
                                         o.update_datetime, o.file_creation_date, o.sha256, o.line_no, o.file_id,
                                         v.update_datetime, v.file_creation_date, v.sha256, v.line_no, v.file_id))
      AND NOT EXISTS (
        SELECT FROM @extschema@.nem12_day_versions o
        WHERE o.status = 'current' AND o.nmi = v.nmi AND o.nmi_suffix = v.nmi_suffix
          AND o.interval_date = v.interval_date AND o.loaded_at <= as_of
          AND o.interval_date BETWEEN first_date AND last_date AND (only_nmi IS NULL OR o.nmi = only_nmi)
          AND @extschema@.nem12_is_newer(current_setting('nem12.version_order', true) = 'update_datetime',
                                         o.update_datetime, o.file_creation_date, o.sha256, o.line_no, o.file_id,
                                         v.update_datetime, v.file_creation_date, v.sha256, v.line_no, v.file_id));
END;

CREATE FUNCTION @extschema@.nem12_days_as_of(as_of timestamptz) RETURNS SETOF @extschema@.nem12_day_versions
LANGUAGE sql STABLE ROWS 1000000
BEGIN ATOMIC
    SELECT v.* FROM @extschema@.nem12_days_known(as_of, NULL::text, '-infinity'::date, 'infinity'::date) v;
END;

-- Refuses what cannot be meant. Returns true, so that it can stand in a WHERE: with constants it is called when the query is planned.
CREATE FUNCTION @extschema@.nem12_check_moment(caller text, from_time timestamp, to_time timestamp, as_of timestamptz) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF as_of IS NULL THEN
        RAISE EXCEPTION '%() needs to know as of when', caller USING ERRCODE = 'null_value_not_allowed',
            HINT = 'Write a moment with its zone, such as ''2025-04-01 00:00+10''; what is known now is in meter_readings.';
    ELSIF from_time > to_time THEN
        RAISE EXCEPTION '%() ends before it begins: from % to %', caller, from_time, to_time
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Write the earlier time first; the later one is not included.';
    END IF;
    RETURN true;
END
$$;

-- Rows like those of meter_readings, as they were known then.
CREATE FUNCTION @extschema@.nem12_readings_as_of(nmi text, from_time timestamp, to_time timestamp, as_of timestamptz)
RETURNS SETOF @extschema@.meter_readings LANGUAGE sql STABLE ROWS 10000
BEGIN ATOMIC
    SELECT d.nmi, d.nmi_suffix, r."timestamp", r.interval_end, r.consumption, d.uom, r.interval_length, r.quality_method,
           r.reason_code, r.reason_description, d.meter_serial, d.file_creation_date, d.file_id, r."time", d.flow, d.loaded_at
    FROM @extschema@.nem12_days_known(as_of, nmi, coalesce(from_time, '-infinity')::date, coalesce(to_time, 'infinity')::date) d
    CROSS JOIN LATERAL @extschema@.nem12_day_readings(d.interval_date, d."values", d.quality, d.events) r
    WHERE @extschema@.nem12_check_moment('nem12_readings_as_of'::text, from_time, to_time, as_of)
      AND r."timestamp" >= coalesce(from_time, '-infinity') AND r."timestamp" < coalesce(to_time, 'infinity');
END;

-- What re-deliveries changed, reading by reading: each replacement of a current version, and the readings that differ. Where the
-- interval length changed, what only one of the two has stands against NULL.
CREATE FUNCTION @extschema@.nem12_reading_changes(from_date date, to_date date, nmis text[] DEFAULT NULL)
RETURNS TABLE (
    nmi text, nmi_suffix text, "timestamp" timestamp, old_consumption numeric, new_consumption numeric, old_quality_method text,
    new_quality_method text, old_file_id bigint, new_file_id bigint, changed_at timestamptz)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET jit = off AS $$
#variable_conflict use_column
BEGIN
    IF from_date > to_date THEN
        RAISE EXCEPTION 'nem12_reading_changes() ends before it begins: from % to %', from_date, to_date
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Write the earlier date first; both days are included.';
    END IF;
    RETURN QUERY
    SELECT o.nmi, o.nmi_suffix, r."timestamp", r.old_consumption, r.new_consumption, r.old_quality_method, r.new_quality_method,
           o.file_id, n.file_id, o.superseded_at
    FROM @extschema@.nem12_day_versions o
    JOIN @extschema@.nem12_day_versions n
        ON n.nmi = o.nmi AND n.nmi_suffix = o.nmi_suffix AND n.interval_date = o.interval_date
       AND n.file_id = o.won_by_file_id AND n.line_no = o.won_by_line_no AND n.was_current
    CROSS JOIN LATERAL (
        SELECT coalesce(b."timestamp", a."timestamp") AS "timestamp", b.consumption AS old_consumption,
               a.consumption AS new_consumption, b.quality_method AS old_quality_method, a.quality_method AS new_quality_method
        FROM @extschema@.nem12_day_readings(o.interval_date, o."values", o.quality, o.events) b
        FULL JOIN @extschema@.nem12_day_readings(n.interval_date, n."values", n.quality, n.events) a
            ON a."timestamp" = b."timestamp"
        WHERE b.consumption IS DISTINCT FROM a.consumption OR b.quality_method IS DISTINCT FROM a.quality_method
    ) r
    WHERE o.status = 'superseded' AND o.was_current
      AND o.interval_date BETWEEN coalesce(from_date, '-infinity') AND coalesce(to_date, 'infinity')
      AND n.interval_date BETWEEN coalesce(from_date, '-infinity') AND coalesce(to_date, 'infinity')
      AND (nmis IS NULL OR o.nmi = ANY (nmis));
END
$$;

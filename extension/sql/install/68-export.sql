-- For analysts: the store as MDFF again. In FROM, with constants or parameters as arguments, the export becomes part of the
-- query: planned for what is asked, its records come as they are made. In a select list, or with a subquery as an argument, it is
-- planned for anything.

CREATE FUNCTION @extschema@.nem12_day_records(
    begins_channel boolean, nmi text, nmi_configuration text, register_id text, nmi_suffix text, mdm_data_stream text,
    meter_serial text, uom text, next_scheduled_read date, interval_date date, "values" @extschema@.nem12_values, quality text,
    events text, update_datetime timestamp, msats_load_datetime timestamp, b2b_details text)
RETURNS SETOF text LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 2 AS 'MODULE_PATHNAME';

-- Parallel unsafe, and with it every query that it stands in: the records' order is that in which the parts of the query run.
CREATE FUNCTION @extschema@.nem12_header_record(version text, created timestamp, from_participant text, to_participant text)
RETURNS text LANGUAGE C IMMUTABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME';

-- NEM12, one record a row, without line ends. A 200 record stands before the first day that it holds for.
CREATE FUNCTION @extschema@.nem12_export(
    nmis text[] DEFAULT NULL, from_date date DEFAULT NULL, to_date date DEFAULT NULL, as_of timestamptz DEFAULT NULL,
    from_participant text DEFAULT NULL, to_participant text DEFAULT NULL, created timestamp DEFAULT NULL)
RETURNS SETOF text LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 1000000
BEGIN ATOMIC
    SELECT @extschema@.nem12_header_record('NEM12'::text, coalesce(created, now() AT TIME ZONE interval '10 hours'), from_participant,
                                           to_participant)
    WHERE @extschema@.nem12_check_dates('nem12_export'::text, from_date, to_date)
    UNION ALL
    SELECT @extschema@.nem12_day_records(
        d.begins_channel, d.nmi, d.nmi_configuration, d.register_id, d.nmi_suffix, d.mdm_data_stream, d.meter_serial,
        d.uom_as_written, d.next_scheduled_read, d.interval_date, d."values", d.quality, d.events, d.update_datetime,
        d.msats_load_datetime, d.b2b_details)
    FROM (
        SELECT v.*,
               (lag(v.details_id) OVER channel = v.details_id
                AND lag(v.interval_date) OVER channel < v.interval_date) IS NOT TRUE AS begins_channel
        FROM (
            SELECT c.nmi, c.nmi_configuration, c.register_id, c.nmi_suffix, c.mdm_data_stream, c.meter_serial, c.uom_as_written,
                   c.next_scheduled_read, c.interval_date, c."values", c.quality, c.events, c.update_datetime,
                   c.msats_load_datetime, c.b2b_details, c.details_id
            FROM @extschema@.nem12_day_versions c
            WHERE as_of IS NULL AND c.status = 'current' AND (nmis IS NULL OR c.nmi = ANY (nmis))
              AND c.interval_date BETWEEN coalesce(from_date, '-infinity') AND coalesce(to_date, 'infinity')
            UNION ALL
            SELECT c.nmi, c.nmi_configuration, c.register_id, c.nmi_suffix, c.mdm_data_stream, c.meter_serial, c.uom_as_written,
                   c.next_scheduled_read, c.interval_date, c."values", c.quality, c.events, c.update_datetime,
                   c.msats_load_datetime, c.b2b_details, c.details_id
            FROM @extschema@.nem12_days_known(as_of, NULL::text, coalesce(from_date, '-infinity'), coalesce(to_date, 'infinity')) c
            WHERE as_of IS NOT NULL AND (nmis IS NULL OR c.nmi = ANY (nmis))
        ) v
        WINDOW channel AS (PARTITION BY v.nmi, v.nmi_suffix ORDER BY v.interval_date)
        ORDER BY v.nmi, v.nmi_suffix, v.interval_date
    ) d
    UNION ALL
    SELECT '900'
    WHERE @extschema@.nem12_check_dates('nem12_export'::text, from_date, to_date);
END;

-- A field as the format's CSV has it; quoted where it cannot be written otherwise, as mdff::Writer does.
CREATE FUNCTION @extschema@.nem12_field(field text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN field ~ '[,"]' THEN '"' || replace(field, '"', '""') || '"' ELSE coalesce(field, '') END;

-- NEM13, by the date of the current read.
CREATE FUNCTION @extschema@.nem12_export_reads(
    nmis text[] DEFAULT NULL, from_date date DEFAULT NULL, to_date date DEFAULT NULL, as_of timestamptz DEFAULT NULL,
    from_participant text DEFAULT NULL, to_participant text DEFAULT NULL, created timestamp DEFAULT NULL)
RETURNS SETOF text LANGUAGE plpgsql STABLE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan SET jit = off AS $$
#variable_conflict use_column
BEGIN
    PERFORM @extschema@.nem12_check_dates('nem12_export_reads'::text, from_date, to_date);
    RETURN NEXT @extschema@.nem12_header_record('NEM13'::text, coalesce(created, now() AT TIME ZONE interval '10 hours'),
                                                from_participant, to_participant);
    RETURN QUERY
    WITH versions AS (
        SELECT @reads.columns r@, 'current' AS status
        FROM @extschema@.nem12_accumulation_reads r
        UNION ALL
        SELECT @reads.columns r@, 'superseded'
        FROM @extschema@.nem12_superseded_reads r WHERE as_of IS NOT NULL
        UNION ALL
        SELECT @reads.columns r@, 'staged'
        FROM @extschema@.nem12_staging_reads r WHERE as_of IS NOT NULL
    ), chosen AS (
        SELECT DISTINCT ON (@reads.key v@)
               v.*
        FROM versions v
        LEFT JOIN @extschema@.nem12_files f ON f.file_id = v.file_id
        WHERE (as_of IS NULL OR f.loaded_at <= as_of) AND (nmis IS NULL OR v.nmi = ANY (nmis))
          AND v.current_read_datetime >= coalesce(from_date, '-infinity')
          AND v.current_read_datetime < coalesce(to_date + 1, 'infinity')
        ORDER BY @reads.key v@,
                 CASE WHEN @extschema@.nem12_updates_first() THEN v.update_datetime END DESC NULLS LAST,
                 f.file_creation_date DESC NULLS LAST, v.update_datetime DESC NULLS LAST, f.sha256 DESC NULLS LAST,
                 v.line_no DESC, v.file_id DESC
    )
    SELECT record
    FROM chosen c
    CROSS JOIN LATERAL (
        SELECT 0 AS place, concat_ws(',', '250', c.nmi, c.nmi_configuration, c.register_id, c.nmi_suffix, c.mdm_data_stream,
                   c.meter_serial, c.direction, c.previous_register_read, to_char(c.previous_read_datetime, 'YYYYMMDDHH24MISS'),
                   c.previous_quality_method, coalesce(c.previous_reason_code::text, ''),
                   @extschema@.nem12_field(c.previous_reason_description), c.current_register_read,
                   to_char(c.current_read_datetime, 'YYYYMMDDHH24MISS'), c.current_quality_method,
                   coalesce(c.current_reason_code::text, ''), @extschema@.nem12_field(c.current_reason_description), c.quantity,
                   c.uom, coalesce(to_char(c.next_scheduled_read, 'YYYYMMDD'), ''),
                   coalesce(to_char(c.update_datetime, 'YYYYMMDDHH24MISS'), ''),
                   coalesce(to_char(c.msats_load_datetime, 'YYYYMMDDHH24MISS'), '')) AS record
        UNION ALL
        SELECT u.place::integer, '550,' || u.line
        FROM unnest(string_to_array(nullif(c.b2b_details, ''), E'\n')) WITH ORDINALITY AS u(line, place)
    ) AS r
    ORDER BY @reads.key c@, r.place;
    RETURN NEXT '900';
END
$$;

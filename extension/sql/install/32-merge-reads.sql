-- Merging accumulation reads, by the rules of 30-merge.sql. Their key is (NMI, suffix, register, meter, both reading times).

CREATE FUNCTION nem12_merge_reads(staging_ids bigint[], OUT inserted bigint, OUT updated bigint, OUT discarded bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET enable_seqscan = off
SET enable_mergejoin = off SET jit = off AS $$
DECLARE
    updates_first boolean := @extschema@.nem12_updates_first();
BEGIN
    WITH keys AS MATERIALIZED (
        SELECT DISTINCT nmi, nmi_suffix, register_id, meter_serial, previous_read_datetime, current_read_datetime
        FROM @extschema@.nem12_staging_reads
        WHERE staging_id = ANY (staging_ids)
    ), versions AS (
        SELECT s.nmi, s.nmi_suffix, s.register_id, s.meter_serial, s.previous_read_datetime, s.current_read_datetime,
               s.nmi_configuration, s.mdm_data_stream, s.direction, s.previous_register_read,
               s.previous_quality_method, s.previous_reason_code, s.previous_reason_description,
               s.current_register_read, s.current_quality_method, s.current_reason_code,
               s.current_reason_description, s.quantity, s.uom, s.next_scheduled_read, s.update_datetime,
               s.msats_load_datetime, s.b2b_details, s.line_no, s.file_id, s.staging_id
        FROM keys k
        JOIN @extschema@.nem12_staging_reads s
            ON s.nmi = k.nmi AND s.nmi_suffix = k.nmi_suffix AND s.register_id = k.register_id
            AND s.meter_serial = k.meter_serial AND s.previous_read_datetime = k.previous_read_datetime
            AND s.current_read_datetime = k.current_read_datetime
        UNION ALL
        SELECT d.nmi, d.nmi_suffix, d.register_id, d.meter_serial, d.previous_read_datetime, d.current_read_datetime,
               d.nmi_configuration, d.mdm_data_stream, d.direction, d.previous_register_read,
               d.previous_quality_method, d.previous_reason_code, d.previous_reason_description,
               d.current_register_read, d.current_quality_method, d.current_reason_code,
               d.current_reason_description, d.quantity, d.uom, d.next_scheduled_read, d.update_datetime,
               d.msats_load_datetime, d.b2b_details, d.line_no, d.file_id, NULL
        FROM keys k
        JOIN @extschema@.nem12_accumulation_reads d
            ON d.nmi = k.nmi AND d.nmi_suffix = k.nmi_suffix AND d.register_id = k.register_id
            AND d.meter_serial = k.meter_serial AND d.previous_read_datetime = k.previous_read_datetime
            AND d.current_read_datetime = k.current_read_datetime
    ), contents AS (
        SELECT v.*, f.file_creation_date, f.sha256, f.file_name,
               ROW(v.quantity, v.uom, v.direction, v.previous_register_read, v.previous_quality_method, v.previous_reason_code,
                    v.previous_reason_description, v.current_register_read, v.current_quality_method,
                    v.current_reason_code, v.current_reason_description, v.b2b_details) AS content
        FROM versions v
        LEFT JOIN @extschema@.nem12_files f ON f.file_id = v.file_id
    ), ranked AS MATERIALIZED (
        SELECT c.*,
               row_number() OVER newest AS place,
               bool_or(c.staging_id IS NULL) OVER of_key AS has_stored,
               first_value(c.file_id) OVER newest AS won_by_file_id,
               first_value(c.line_no) OVER newest AS won_by_line_no,
               first_value(c.staging_id) OVER newest IS NULL AS stored_won,
               (first_value(c.file_creation_date) OVER newest IS NOT DISTINCT FROM c.file_creation_date
                AND first_value(c.update_datetime) OVER newest IS NOT DISTINCT FROM c.update_datetime) AS same_times,
               first_value(c.content) OVER newest IS NOT DISTINCT FROM c.content AS same_content
        FROM contents c
        WINDOW of_key AS (PARTITION BY nmi, nmi_suffix, register_id, meter_serial, previous_read_datetime,
                                        current_read_datetime),
               newest AS (PARTITION BY nmi, nmi_suffix, register_id, meter_serial, previous_read_datetime,
                                        current_read_datetime
                          ORDER BY CASE WHEN updates_first THEN c.update_datetime END DESC NULLS LAST,
                                   c.file_creation_date DESC NULLS LAST, c.update_datetime DESC NULLS LAST,
                                   c.sha256 DESC NULLS LAST, c.line_no DESC, c.file_id DESC)
    ), insertion AS (
        INSERT INTO @extschema@.nem12_accumulation_reads (
            nmi, nmi_suffix, register_id, meter_serial, previous_read_datetime, current_read_datetime, nmi_configuration,
            mdm_data_stream, direction, previous_register_read, previous_quality_method, previous_reason_code,
            previous_reason_description, current_register_read, current_quality_method, current_reason_code,
            current_reason_description, quantity, uom, next_scheduled_read, update_datetime, msats_load_datetime, b2b_details,
            line_no, file_id)
        SELECT nmi, nmi_suffix, register_id, meter_serial, previous_read_datetime, current_read_datetime, nmi_configuration,
               mdm_data_stream, direction, previous_register_read, previous_quality_method, previous_reason_code,
               previous_reason_description, current_register_read, current_quality_method, current_reason_code,
               current_reason_description, quantity, uom, next_scheduled_read, update_datetime,
               msats_load_datetime, b2b_details, line_no, file_id
        FROM ranked
        WHERE place = 1 AND NOT has_stored
        ON CONFLICT DO NOTHING
        RETURNING nmi, nmi_suffix, register_id, meter_serial, previous_read_datetime, current_read_datetime
    ), replacement AS (
        UPDATE @extschema@.nem12_accumulation_reads d
        SET nmi_configuration = r.nmi_configuration, mdm_data_stream = r.mdm_data_stream, direction = r.direction,
            previous_register_read = r.previous_register_read, previous_quality_method = r.previous_quality_method,
            previous_reason_code = r.previous_reason_code, previous_reason_description =
            r.previous_reason_description, current_register_read = r.current_register_read, current_quality_method =
            r.current_quality_method, current_reason_code = r.current_reason_code, current_reason_description =
            r.current_reason_description, quantity = r.quantity, uom = r.uom, next_scheduled_read =
            r.next_scheduled_read, update_datetime = r.update_datetime, msats_load_datetime = r.msats_load_datetime,
            b2b_details = r.b2b_details, line_no = r.line_no, file_id = r.file_id
        FROM ranked r
        WHERE r.place = 1 AND r.has_stored AND r.staging_id IS NOT NULL
          AND d.nmi = r.nmi AND d.nmi_suffix = r.nmi_suffix AND d.register_id = r.register_id
          AND d.meter_serial = r.meter_serial AND d.previous_read_datetime = r.previous_read_datetime
          AND d.current_read_datetime = r.current_read_datetime
        RETURNING d.nmi, d.nmi_suffix, d.register_id, d.meter_serial, d.previous_read_datetime, d.current_read_datetime
    ), settled AS MATERIALIZED (
        SELECT r.*,
               CASE WHEN r.same_times AND r.same_content THEN 'equal'
                    WHEN r.same_times AND r.file_id <> r.won_by_file_id THEN 'conflict'
                    WHEN r.staging_id IS NULL THEN 'replaced'
                    ELSE 'older' END AS outcome
        FROM ranked r
        WHERE r.stored_won -- hashed, whatever the planner thinks of their size
           OR (r.nmi, r.nmi_suffix, r.register_id, r.meter_serial, r.previous_read_datetime, r.current_read_datetime) IN
              (SELECT i.nmi, i.nmi_suffix, i.register_id, i.meter_serial, i.previous_read_datetime, i.current_read_datetime
               FROM insertion i)
           OR (r.nmi, r.nmi_suffix, r.register_id, r.meter_serial, r.previous_read_datetime, r.current_read_datetime) IN
              (SELECT u.nmi, u.nmi_suffix, u.register_id, u.meter_serial, u.previous_read_datetime, u.current_read_datetime
               FROM replacement u)
    ), losers AS (
        INSERT INTO @extschema@.nem12_superseded_reads (
            nmi, nmi_suffix, register_id, meter_serial, previous_read_datetime, current_read_datetime, nmi_configuration,
            mdm_data_stream, direction, previous_register_read, previous_quality_method, previous_reason_code,
            previous_reason_description, current_register_read, current_quality_method, current_reason_code,
            current_reason_description, quantity, uom, next_scheduled_read, update_datetime, msats_load_datetime, b2b_details,
            line_no, file_id, won_by_file_id, won_by_line_no, outcome)
        SELECT nmi, nmi_suffix, register_id, meter_serial, previous_read_datetime, current_read_datetime, nmi_configuration,
               mdm_data_stream, direction, previous_register_read, previous_quality_method, previous_reason_code,
               previous_reason_description, current_register_read, current_quality_method, current_reason_code,
               current_reason_description, quantity, uom, next_scheduled_read, update_datetime,
               msats_load_datetime, b2b_details, line_no, file_id, won_by_file_id, won_by_line_no, outcome
        FROM settled
        WHERE place > 1
    ), conflicts AS (
        INSERT INTO @extschema@.nem12_errors (file_name, sha256, file_id, line_no, record_indicator, severity, code, message)
        SELECT file_name, sha256, file_id, line_no, 250, 'warning', 'version_conflict',
               format('%s %s of %s: files %s and %s have the same times and other content; file %s was kept',
                      nmi, nmi_suffix, current_read_datetime, file_id, won_by_file_id, won_by_file_id)
        FROM settled
        WHERE place > 1 AND outcome = 'conflict'
    ), departure AS (
        DELETE FROM @extschema@.nem12_staging_reads s USING settled t
        WHERE t.staging_id IS NOT NULL AND s.staging_id = t.staging_id
    )
    SELECT count(*) FILTER (WHERE place = 1 AND NOT has_stored),
           count(*) FILTER (WHERE staging_id IS NULL AND place > 1 AND NOT (same_times AND same_content)),
           count(staging_id)
    INTO inserted, updated, discarded
    FROM settled;
    discarded := discarded - inserted - updated;
END
$$;

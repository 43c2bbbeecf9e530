-- Merging accumulation reads, by the rules of 30-merge.sql. Their key is (NMI, suffix, register, meter, both reading times).

CREATE FUNCTION nem12_merge_reads(staging_ids bigint[], OUT inserted bigint, OUT updated bigint, OUT discarded bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET enable_seqscan = off
SET enable_mergejoin = off SET jit = off AS $$
DECLARE
    updates_first boolean := @extschema@.nem12_updates_first();
BEGIN
    WITH keys AS MATERIALIZED (
        SELECT DISTINCT @reads.key@
        FROM @extschema@.nem12_staging_reads
        WHERE staging_id = ANY (staging_ids)
    ), versions AS (
        SELECT @reads.columns s@, s.staging_id
        FROM keys k
        JOIN @extschema@.nem12_staging_reads s
            ON @reads.same_key s k@
        UNION ALL
        SELECT @reads.columns d@, NULL
        FROM keys k
        JOIN @extschema@.nem12_accumulation_reads d
            ON @reads.same_key d k@
    ), contents AS (
        SELECT v.*, f.file_creation_date, f.sha256, f.file_name,
               ROW(@reads.content v@) AS content
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
        WINDOW of_key AS (PARTITION BY @reads.key@),
               newest AS (PARTITION BY @reads.key@
                          ORDER BY CASE WHEN updates_first THEN c.update_datetime END DESC NULLS LAST,
                                   c.file_creation_date DESC NULLS LAST, c.update_datetime DESC NULLS LAST,
                                   c.sha256 DESC NULLS LAST, c.line_no DESC, c.file_id DESC)
    ), insertion AS (
        INSERT INTO @extschema@.nem12_accumulation_reads (
            @reads.columns@)
        SELECT @reads.columns@
        FROM ranked
        WHERE place = 1 AND NOT has_stored
        ON CONFLICT DO NOTHING
        RETURNING @reads.key@
    ), replacement AS (
        UPDATE @extschema@.nem12_accumulation_reads d
        SET @reads.set r@
        FROM ranked r
        WHERE r.place = 1 AND r.has_stored AND r.staging_id IS NOT NULL
          AND @reads.same_key d r@
        RETURNING @reads.key d@
    ), settled AS MATERIALIZED (
        SELECT r.*,
               CASE WHEN r.same_times AND r.same_content THEN 'equal'
                    WHEN r.same_times AND r.file_id <> r.won_by_file_id THEN 'conflict'
                    WHEN r.staging_id IS NULL THEN 'replaced'
                    ELSE 'older' END AS outcome
        FROM ranked r
        WHERE r.stored_won -- hashed, whatever the planner thinks of their size
           OR (@reads.key r@) IN (SELECT @reads.key i@ FROM insertion i)
           OR (@reads.key r@) IN (SELECT @reads.key u@ FROM replacement u)
    ), losers AS (
        INSERT INTO @extschema@.nem12_superseded_reads (
            @reads.columns@, won_by_file_id, won_by_line_no, outcome)
        SELECT @reads.columns@, won_by_file_id, won_by_line_no, outcome
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

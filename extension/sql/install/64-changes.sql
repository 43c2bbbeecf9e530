-- For analysts: which days changed since a snapshot. A day's current version came with the load of its file, which
-- nem12_file_days knows, or with a merge, which nem12_superseded_days and nem12_merged_days know: so the day's own row says
-- nothing of it, and what changed is found without looking at the rest.
--
-- The transaction ids in these tables are their server's. Elsewhere, after pg_restore or on a subscriber of a publication, the
-- transaction that brought the row there counts (its xmin). After pg_upgrade that is the same one.

CREATE FUNCTION @extschema@.nem12_full_xid(xid) RETURNS xid8 LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'nem12_full_xid';

-- When which version was put in place by a merge.
CREATE VIEW @extschema@.nem12_day_merges AS
SELECT s.nmi, s.nmi_suffix, s.interval_date, s.won_by_file_id AS file_id, s.won_by_line_no AS line_no, m.merge_id, m.merged_at,
       m.xid, m.server_id, m.xmin AS row_xmin
FROM @extschema@.nem12_superseded_days s
JOIN @extschema@.nem12_merges m ON m.merge_id = s.merge_id
UNION ALL
SELECT d.nmi, d.nmi_suffix, d.interval_date, d.file_id, d.line_no, m.merge_id, m.merged_at, m.xid, m.server_id, m.xmin
FROM @extschema@.nem12_merged_days d
JOIN @extschema@.nem12_merges m ON m.merge_id = d.merge_id;

CREATE FUNCTION @extschema@.nem12_changed_days_since(since pg_snapshot)
RETURNS TABLE (nmi text, nmi_suffix text, interval_date date, change text, file_id bigint, changed_at timestamptz)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET enable_seqscan = off
SET enable_mergejoin = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
    this_server CONSTANT bigint := @extschema@.nem12_server_id();
    horizon CONSTANT xid8 := pg_snapshot_xmin(since);
    -- What was running when the snapshot was taken is listed in it; not so in a snapshot of a standby. Where nothing is listed,
    -- nothing younger than the oldest is taken to be visible.
    is_listed CONSTANT boolean := EXISTS (SELECT FROM pg_snapshot_xip(since));
    files bigint[];
    merges bigint[];
    min_date date; -- so that only the partitions between are looked at
    max_date date;
    has_unlisted boolean;
BEGIN
    SELECT array_agg(f.file_id), min(f.first_date), max(f.last_date), bool_or(f.nmis IS NULL AND f.list_id IS NULL)
    INTO files, min_date, max_date, has_unlisted
    FROM @extschema@.nem12_file_days f
    WHERE f.server_id = this_server AND f.xid >= horizon AND NOT (is_listed AND pg_visible_in_snapshot(f.xid, since))
       OR f.server_id < this_server AND @extschema@.nem12_full_xid(f.xmin) >= horizon
          AND NOT (is_listed AND pg_visible_in_snapshot(@extschema@.nem12_full_xid(f.xmin), since))
       OR f.server_id > this_server AND @extschema@.nem12_full_xid(f.xmin) >= horizon
          AND NOT (is_listed AND pg_visible_in_snapshot(@extschema@.nem12_full_xid(f.xmin), since));
    merges := ARRAY(
        SELECT m.merge_id
        FROM @extschema@.nem12_merges m
        WHERE m.server_id = this_server AND m.xid >= horizon AND NOT (is_listed AND pg_visible_in_snapshot(m.xid, since))
           OR m.server_id < this_server AND @extschema@.nem12_full_xid(m.xmin) >= horizon
              AND NOT (is_listed AND pg_visible_in_snapshot(@extschema@.nem12_full_xid(m.xmin), since))
           OR m.server_id > this_server AND @extschema@.nem12_full_xid(m.xmin) >= horizon
              AND NOT (is_listed AND pg_visible_in_snapshot(@extschema@.nem12_full_xid(m.xmin), since)));
    SELECT least(min_date, min(k.interval_date)), greatest(max_date, max(k.interval_date)) INTO min_date, max_date
    FROM (SELECT s.interval_date FROM @extschema@.nem12_superseded_days s WHERE s.merge_id = ANY (merges)
          UNION ALL
          SELECT d.interval_date FROM @extschema@.nem12_merged_days d WHERE d.merge_id = ANY (merges)) k;
    RETURN QUERY
    WITH keys AS MATERIALIZED ( -- OFFSET 0 keeps one look in the index for each NMI or day, whatever the statistics say
        SELECT d.nmi, d.nmi_suffix, d.interval_date
        FROM @extschema@.nem12_file_days f
        LEFT JOIN @extschema@.nem12_nmi_lists l ON l.list_id = f.list_id
        CROSS JOIN LATERAL unnest(coalesce(f.nmis, l.nmis)) AS n(nmi)
        CROSS JOIN LATERAL (
            SELECT d.nmi, d.nmi_suffix, d.interval_date
            FROM @extschema@.nem12_interval_days d
            WHERE d.nmi = n.nmi AND d.interval_date BETWEEN f.first_date AND f.last_date AND d.file_id = f.file_id
              AND d.interval_date BETWEEN min_date AND max_date
            OFFSET 0) d
        WHERE f.file_id = ANY (files)
        UNION
        SELECT d.nmi, d.nmi_suffix, d.interval_date
        FROM @extschema@.nem12_file_days f
        JOIN @extschema@.nem12_interval_days d ON d.file_id = f.file_id AND d.interval_date BETWEEN f.first_date AND f.last_date
        WHERE has_unlisted AND f.file_id = ANY (files) AND f.nmis IS NULL AND f.list_id IS NULL
          AND d.interval_date BETWEEN min_date AND max_date
        UNION
        SELECT s.nmi, s.nmi_suffix, s.interval_date FROM @extschema@.nem12_superseded_days s WHERE s.merge_id = ANY (merges)
        UNION
        SELECT d.nmi, d.nmi_suffix, d.interval_date FROM @extschema@.nem12_merged_days d WHERE d.merge_id = ANY (merges)
    )
    SELECT d.nmi, d.nmi_suffix, d.interval_date,
           CASE WHEN EXISTS ( -- a version before it that was there already
               SELECT FROM @extschema@.nem12_superseded_days s
               WHERE s.nmi = d.nmi AND s.nmi_suffix = d.nmi_suffix AND s.interval_date = d.interval_date
                 AND s.merge_id IS NOT NULL
                 AND NOT EXISTS (
                    SELECT FROM @extschema@.nem12_day_merges m
                    WHERE m.nmi = s.nmi AND m.nmi_suffix = s.nmi_suffix AND m.interval_date = s.interval_date
                      AND m.file_id = s.file_id AND m.line_no = s.line_no AND m.merge_id = ANY (merges))
                 AND (s.file_id <> ALL (coalesce(files, '{}'))))
                THEN 'revised' ELSE 'new' END,
           d.file_id,
           coalesce((SELECT max(m.merged_at)
                     FROM @extschema@.nem12_day_merges m
                     WHERE m.nmi = d.nmi AND m.nmi_suffix = d.nmi_suffix AND m.interval_date = d.interval_date
                       AND m.file_id = d.file_id AND m.line_no = d.line_no),
                    (SELECT f.loaded_at FROM @extschema@.nem12_files f WHERE f.file_id = d.file_id))
    FROM keys k
    CROSS JOIN LATERAL (
        SELECT d.nmi, d.nmi_suffix, d.interval_date, d.file_id, d.line_no
        FROM @extschema@.nem12_interval_days d
        WHERE d.nmi = k.nmi AND d.nmi_suffix = k.nmi_suffix AND d.interval_date = k.interval_date
          AND d.interval_date BETWEEN min_date AND max_date
        OFFSET 0) d;
END
$$;

-- Every day whose current version changed in a transaction that is not visible in `since`; all of them with NULL.
CREATE FUNCTION @extschema@.nem12_changed_days(since pg_snapshot DEFAULT NULL)
RETURNS TABLE (nmi text, nmi_suffix text, interval_date date, change text, file_id bigint, changed_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
BEGIN
    IF since IS NULL THEN
        RETURN QUERY
        SELECT d.nmi, d.nmi_suffix, d.interval_date, 'new', d.file_id, coalesce(m.merged_at, f.loaded_at)
        FROM @extschema@.nem12_interval_days d
        LEFT JOIN @extschema@.nem12_files f ON f.file_id = d.file_id
        LEFT JOIN (
            SELECT m.nmi, m.nmi_suffix, m.interval_date, m.file_id, m.line_no, max(m.merged_at) AS merged_at
            FROM @extschema@.nem12_day_merges m
            GROUP BY m.nmi, m.nmi_suffix, m.interval_date, m.file_id, m.line_no
        ) m ON m.nmi = d.nmi AND m.nmi_suffix = d.nmi_suffix AND m.interval_date = d.interval_date AND m.file_id = d.file_id
               AND m.line_no = d.line_no;
        RETURN;
    ELSIF pg_snapshot_xmax(since) > pg_snapshot_xmax(pg_current_snapshot()) THEN
        RAISE EXCEPTION 'the snapshot % is not of this server''s past', since USING ERRCODE = 'invalid_parameter_value',
            DETAIL = 'A snapshot belongs to the server that gave it; pg_dump and pg_restore do not carry it along.',
            HINT = 'Take pg_current_snapshot() here, then all days with nem12_changed_days(NULL).';
    END IF;
    RETURN QUERY SELECT c.* FROM @extschema@.nem12_changed_days_since(since) AS c;
END
$$;

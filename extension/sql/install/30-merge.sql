-- Merging staging into the store. Newer is the greater of (file creation, UpdateDateTime, SHA-256 of the file, line), or with
-- nem12.version_order = 'update_datetime' of (UpdateDateTime, file creation, ...): a total order, so that what is stored in
-- the end depends on the set of files only. A missing time is older than any.
--
-- A merge takes whole keys: all staged versions and the stored one. The greatest is stored, every other is kept in
-- nem12_superseded_days with what won and why:
--     replaced   was stored until now
--     older      was staged and lost
--     equal      says the same, with the same times, as the winner
--     conflict   has the same times as the winner and says something else: the SHA-256 decided; logged as version_conflict

-- Whether nem12.version_order puts UpdateDateTime first.
CREATE FUNCTION nem12_updates_first() RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(current_setting('nem12.version_order', true), '') = 'update_datetime'
$$;

-- Merges the keys of the given staged days without statements; NULL, and nothing done, where that is not possible: triggers, row
-- security, other table types, added columns with a default, Citus, or another session in the middle of the same days. all_settled: none of
-- their staged days is left. The conflicts are for nem12_errors.
CREATE FUNCTION nem12_merge_days_directly(
    days regclass, staging regclass, superseded regclass, merged regclass, files regclass, superseded_ids regclass,
    staging_ids bigint[], this_merge bigint, updates_first boolean, OUT inserted bigint, OUT updated bigint, OUT discarded bigint,
    OUT all_settled boolean, OUT conflict_files bigint[], OUT conflict_lines integer[], OUT conflict_messages text[])
LANGUAGE c STRICT AS 'MODULE_PATHNAME';

-- The keys of the given staged days. What goes wrong on the direct way is undone and left to the statement.
CREATE FUNCTION nem12_merge_days(
    staging_ids bigint[], OUT inserted bigint, OUT updated bigint, OUT discarded bigint, OUT all_settled boolean)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    this_merge bigint;
    direct record;
BEGIN
    INSERT INTO @extschema@.nem12_merges DEFAULT VALUES RETURNING merge_id INTO this_merge;
    BEGIN
        SELECT m.* INTO direct
        FROM @extschema@.nem12_merge_days_directly(
            '@extschema@.nem12_interval_days'::regclass, '@extschema@.nem12_staging_days'::regclass,
            '@extschema@.nem12_superseded_days'::regclass, '@extschema@.nem12_merged_days'::regclass,
            '@extschema@.nem12_files'::regclass, '@extschema@.nem12_superseded_days_superseded_id_seq'::regclass,
            staging_ids, this_merge, @extschema@.nem12_updates_first()) AS m;
        all_settled := direct.all_settled;
    EXCEPTION WHEN OTHERS THEN
        IF @extschema@.nem12_is_server_trouble(SQLSTATE) THEN
            RAISE;
        END IF;
    END;
    IF all_settled IS NULL THEN
        all_settled := false; -- it does not say
        SELECT m.* INTO inserted, updated, discarded FROM @extschema@.nem12_merge_days_by_statement(staging_ids, this_merge) AS m;
        RETURN;
    END IF;
    inserted := direct.inserted;
    updated := direct.updated;
    discarded := direct.discarded;
    IF cardinality(direct.conflict_files) > 0 THEN
        INSERT INTO @extschema@.nem12_errors (file_name, sha256, file_id, line_no, record_indicator, severity, code, message)
        SELECT f.file_name, f.sha256, c.file_id, c.line_no, 300, 'warning', 'version_conflict', c.message
        FROM unnest(direct.conflict_files, direct.conflict_lines, direct.conflict_messages) AS c(file_id, line_no, message)
        LEFT JOIN @extschema@.nem12_files f ON f.file_id = c.file_id;
    END IF;
END
$$;

-- The same by one statement, with one snapshot: a load that commits meanwhile is either wholly seen or wholly left for the next
-- merge. A key that such a load inserted first is not inserted here, and its staged rows stay.
CREATE FUNCTION nem12_merge_days_by_statement(
    staging_ids bigint[], this_merge bigint, OUT inserted bigint, OUT updated bigint, OUT discarded bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET enable_seqscan = off
SET enable_mergejoin = off SET jit = off AS $$
DECLARE
    updates_first boolean := @extschema@.nem12_updates_first();
    first_date date; -- so that only the partitions between are looked at
    last_date date;
    dates date[];
BEGIN
    SELECT min(interval_date), max(interval_date), array_agg(DISTINCT interval_date) INTO first_date, last_date, dates
    FROM @extschema@.nem12_staging_days
    WHERE staging_id = ANY (staging_ids);
    PERFORM @extschema@.nem12_prepare_months(dates);
    WITH keys AS MATERIALIZED (
        SELECT DISTINCT @days.key@ FROM @extschema@.nem12_staging_days WHERE staging_id = ANY (staging_ids)
    ), versions AS (
        SELECT @days.columns s@, s.staging_id
        FROM keys k
        JOIN @extschema@.nem12_staging_days s
            ON @days.same_key s k@
        UNION ALL
        SELECT @days.columns d@, NULL
        FROM keys k
        JOIN @extschema@.nem12_interval_days d
            ON @days.same_key d k@
           AND d.interval_date BETWEEN first_date AND last_date
    ), ranked AS MATERIALIZED (
        SELECT v.*, f.file_creation_date, f.sha256, f.file_name,
               row_number() OVER newest AS place,
               bool_or(v.staging_id IS NULL) OVER of_key AS has_stored,
               first_value(v.file_id) OVER newest AS won_by_file_id,
               first_value(v.line_no) OVER newest AS won_by_line_no,
               first_value(v.staging_id) OVER newest IS NULL AS stored_won,
               (first_value(f.file_creation_date) OVER newest IS NOT DISTINCT FROM f.file_creation_date
                AND first_value(v.update_datetime) OVER newest IS NOT DISTINCT FROM v.update_datetime) AS same_times,
               (@days.same_content v@) AS same_content
        FROM versions v
        LEFT JOIN @extschema@.nem12_files f ON f.file_id = v.file_id
        WINDOW of_key AS (PARTITION BY @days.key v@),
               newest AS (PARTITION BY @days.key v@
                          ORDER BY CASE WHEN updates_first THEN v.update_datetime END DESC NULLS LAST,
                                   f.file_creation_date DESC NULLS LAST, v.update_datetime DESC NULLS LAST,
                                   f.sha256 DESC NULLS LAST, v.line_no DESC, v.file_id DESC)
    ), insertion AS (
        INSERT INTO @extschema@.nem12_interval_days (
            @days.columns@)
        SELECT @days.columns@
        FROM ranked
        WHERE place = 1 AND NOT has_stored
        ON CONFLICT DO NOTHING
        RETURNING @days.key@, file_id, line_no
    ), arrival AS (
        INSERT INTO @extschema@.nem12_merged_days (nmi, nmi_suffix, interval_date, merge_id, file_id, line_no)
        SELECT nmi, nmi_suffix, interval_date, this_merge, file_id, line_no FROM insertion
    ), replacement AS (
        UPDATE @extschema@.nem12_interval_days d
        SET @days.set r@
        FROM ranked r
        WHERE r.place = 1 AND r.has_stored AND r.staging_id IS NOT NULL
          AND @days.same_key d r@
          AND d.interval_date BETWEEN first_date AND last_date
        RETURNING @days.key d@
    ), settled AS MATERIALIZED (
        SELECT r.*,
               CASE WHEN r.same_times AND r.same_content THEN 'equal'
                    WHEN r.same_times AND r.file_id <> r.won_by_file_id THEN 'conflict'
                    WHEN r.staging_id IS NULL THEN 'replaced'
                    ELSE 'older' END AS outcome
        FROM ranked r
        WHERE r.stored_won -- hashed, whatever the planner thinks of their size
           OR (@days.key r@) IN (SELECT @days.key i@ FROM insertion i)
           OR (@days.key r@) IN (SELECT @days.key u@ FROM replacement u)
    ), losers AS (
        INSERT INTO @extschema@.nem12_superseded_days (
            @days.columns@, won_by_file_id, won_by_line_no, outcome, merge_id)
        SELECT @days.columns@, won_by_file_id, won_by_line_no, outcome, CASE WHEN staging_id IS NULL THEN this_merge END
        FROM settled
        WHERE place > 1
    ), conflicts AS (
        INSERT INTO @extschema@.nem12_errors (file_name, sha256, file_id, line_no, record_indicator, severity, code, message)
        SELECT file_name, sha256, file_id, line_no, 300, 'warning', 'version_conflict',
               format('%s %s of %s: files %s and %s have the same times and other content; file %s was kept',
                      nmi, nmi_suffix, interval_date, file_id, won_by_file_id, won_by_file_id)
        FROM settled
        WHERE place > 1 AND outcome = 'conflict'
    ), departure AS (
        DELETE FROM @extschema@.nem12_staging_days s USING settled t
        WHERE t.staging_id IS NOT NULL AND @days.same_key s t@ AND s.staging_id = t.staging_id
    )
    SELECT count(*) FILTER (WHERE place = 1 AND NOT has_stored),
           count(*) FILTER (WHERE staging_id IS NULL AND place > 1 AND NOT (same_times AND same_content)),
           count(staging_id)
    INTO inserted, updated, discarded
    FROM settled;
    discarded := discarded - inserted - updated; -- a staged day goes in, replaces, or is discarded
END
$$;

-- Sends staged rows to the back of the queue, so that what cannot be merged holds up nothing else.
CREATE FUNCTION nem12_requeue(of_reads boolean, staging_ids bigint[], failure text, failure_message text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF of_reads THEN
        UPDATE @extschema@.nem12_staging_reads s
        SET staging_id = nextval('@extschema@.nem12_staging_reads_staging_id_seq'), sqlstate = coalesce(failure, s.sqlstate),
            message = coalesce(failure_message, s.message)
        WHERE s.staging_id = ANY (staging_ids);
    ELSE
        UPDATE @extschema@.nem12_staging_days s
        SET staging_id = nextval('@extschema@.nem12_staging_days_staging_id_seq'), sqlstate = coalesce(failure, s.sqlstate),
            message = coalesce(failure_message, s.message)
        WHERE s.staging_id = ANY (staging_ids);
    END IF;
END
$$;

-- Merges what can be merged: a batch that fails is halved until the rows that cannot be stored stand alone; they stay staged,
-- with the SQLSTATE. Contention is no fault of a row: then the whole batch waits for the next merge.
CREATE FUNCTION nem12_merge_batch(
    of_reads boolean, staging_ids bigint[], OUT inserted bigint, OUT updated bigint, OUT discarded bigint,
    OUT all_settled boolean)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    middle integer := cardinality(staging_ids) / 2;
BEGIN
    IF of_reads THEN
        SELECT m.*, false INTO inserted, updated, discarded, all_settled FROM @extschema@.nem12_merge_reads(staging_ids) AS m;
    ELSE
        SELECT m.* INTO inserted, updated, discarded, all_settled FROM @extschema@.nem12_merge_days(staging_ids) AS m;
    END IF;
EXCEPTION WHEN OTHERS THEN
    IF @extschema@.nem12_is_server_trouble(SQLSTATE) THEN
        RAISE;
    END IF;
    all_settled := false;
    IF middle = 0 OR SQLSTATE IN ('40001', '40P01', '55P03') THEN
        PERFORM @extschema@.nem12_requeue(of_reads, staging_ids, SQLSTATE, SQLERRM);
        inserted := 0;
        updated := 0;
        discarded := 0;
    ELSE
        SELECT sum(m.inserted), sum(m.updated), sum(m.discarded) INTO inserted, updated, discarded
        FROM (VALUES (1, staging_ids[:middle]), (2, staging_ids[middle + 1:])) AS half(place, ids)
        CROSS JOIN LATERAL @extschema@.nem12_merge_batch(of_reads, half.ids) AS m;
    END IF;
END
$$;

-- The oldest staged rows after one and up to another, in order. By the queue's index, whatever statistics say of a table that is
-- filled and emptied all the time.
CREATE FUNCTION nem12_staged_ids(of_reads boolean, after_id bigint, up_to_id bigint, most bigint) RETURNS bigint[]
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off
SET jit = off AS $$
BEGIN
    IF of_reads THEN
        RETURN ARRAY(SELECT staging_id FROM @extschema@.nem12_staging_reads
                     WHERE staging_id > after_id AND staging_id <= up_to_id ORDER BY staging_id LIMIT most);
    END IF;
    RETURN ARRAY(SELECT staging_id FROM @extschema@.nem12_staging_days
                 WHERE staging_id > after_id AND staging_id <= up_to_id ORDER BY staging_id LIMIT most);
END
$$;

-- Merges staging into the store, oldest rows first, at most max_days of them (their keys are taken whole, so a few more may
-- go). One merge at a time: a second caller waits. inserted + updated + discarded is what left staging; remaining is what
-- is still there, days and accumulation reads together.
CREATE FUNCTION nem12_merge_staging(
    max_days bigint DEFAULT NULL, OUT inserted bigint, OUT updated bigint, OUT discarded bigint, OUT remaining bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    batch_size CONSTANT integer := 10000;
    room bigint := max_days;
    of_reads boolean;
    newest_id bigint;
    last_id bigint; -- of the batch before: what it left has a greater number now, and what is gone need not be passed again
    ids bigint[];
    merged record;
BEGIN
    inserted := 0;
    updated := 0;
    discarded := 0;
    PERFORM @extschema@.nem12_refuse_distributed();
    PERFORM pg_advisory_xact_lock(1852140849, 1);
    FOREACH of_reads IN ARRAY ARRAY[false, true] LOOP
        -- What arrives or is requeued from now on gets a greater number, and waits for the next call.
        newest_id := CASE WHEN of_reads THEN (SELECT max(staging_id) FROM @extschema@.nem12_staging_reads)
                          ELSE (SELECT max(staging_id) FROM @extschema@.nem12_staging_days) END;
        last_id := 0;
        LOOP
            ids := @extschema@.nem12_staged_ids(of_reads, last_id, newest_id, least(batch_size, room));
            EXIT WHEN cardinality(ids) = 0;
            last_id := ids[cardinality(ids)];
            room := room - cardinality(ids);
            SELECT m.* INTO merged FROM @extschema@.nem12_merge_batch(of_reads, ids) AS m;
            inserted := inserted + merged.inserted;
            updated := updated + merged.updated;
            discarded := discarded + merged.discarded;
            IF NOT merged.all_settled THEN
                PERFORM @extschema@.nem12_requeue(of_reads, ids, NULL::text, NULL::text);
            END IF;
        END LOOP;
    END LOOP;
    remaining := @extschema@.nem12_staging_depth();
END
$$;

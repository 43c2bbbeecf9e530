-- Loading. The C functions parse; every statement that changes a table stands here, and reads the parsed rows through
-- the nem12_batch_* functions. Advisory locks: (1852140849, 1) merge, (1852140849, 2) safe mode, and the first eight bytes
-- of a SHA-256 for content.

CREATE FUNCTION nem12_load(
    content bytea, file_name text DEFAULT NULL, on_invalid text DEFAULT 'reject', dialect text DEFAULT 'strict',
    OUT file_id bigint, OUT status text, OUT days_inserted bigint, OUT days_staged bigint, OUT readings bigint,
    OUT accumulation_reads bigint, OUT skipped_records bigint)
LANGUAGE c SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME';

CREATE FUNCTION nem12_load_begin(
    file_name text DEFAULT NULL, on_invalid text DEFAULT 'reject', dialect text DEFAULT 'strict', sha256 bytea DEFAULT NULL,
    message_id text DEFAULT NULL, transaction_id text DEFAULT NULL)
RETURNS text
LANGUAGE c SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME';

CREATE FUNCTION nem12_load_chunk(content bytea) RETURNS void
LANGUAGE c SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME';

CREATE FUNCTION nem12_load_end(
    OUT file_id bigint, OUT status text, OUT days_inserted bigint, OUT days_staged bigint, OUT readings bigint,
    OUT accumulation_reads bigint, OUT skipped_records bigint)
LANGUAGE c SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME';

-- The rows of the load that is going on in this session, not stored yet.

CREATE FUNCTION nem12_batch_days() RETURNS TABLE (
    nmi text, nmi_suffix text, quality text, interval_date date, line_no integer, file_id bigint, update_datetime timestamp,
    msats_load_datetime timestamp, details_id integer, "values" nem12_values, events text)
LANGUAGE c ROWS 2000 AS 'MODULE_PATHNAME';

-- Inserts those of them that are not stored yet the way COPY would, and says how many; NULL, and nothing done, where that is
-- not possible: triggers, row security, other table types, Citus, or another session in the middle of the same days.
CREATE FUNCTION nem12_insert_batch_days(days regclass) RETURNS bigint
LANGUAGE c AS 'MODULE_PATHNAME';

-- Stages those that nem12_insert_batch_days() has just found stored, and says how many; NULL, and nothing done, where it could not.
CREATE FUNCTION nem12_stage_batch_days(staging regclass, staging_ids regclass) RETURNS bigint
LANGUAGE c AS 'MODULE_PATHNAME';

CREATE FUNCTION nem12_batch_channels() RETURNS TABLE (
    "position" integer, nmi text, nmi_suffix text, details_id integer, interval_length smallint, uom text,
    nmi_configuration text, register_id text, mdm_data_stream text, meter_serial text, next_scheduled_read date)
LANGUAGE c ROWS 100 AS 'MODULE_PATHNAME';

CREATE FUNCTION nem12_batch_b2b() RETURNS TABLE (
    nmi text, nmi_suffix text, interval_date date, file_id bigint, line_no integer, trans_code text,
    ret_service_order text, read_datetime timestamp, index_read text)
LANGUAGE c ROWS 100 AS 'MODULE_PATHNAME';

CREATE FUNCTION nem12_batch_reads() RETURNS TABLE (
    nmi text, nmi_suffix text, register_id text, meter_serial text, previous_read_datetime timestamp,
    current_read_datetime timestamp, nmi_configuration text, mdm_data_stream text, direction text,
    previous_register_read text, previous_quality_method text, previous_reason_code smallint,
    previous_reason_description text, current_register_read text, current_quality_method text,
    current_reason_code smallint, current_reason_description text, quantity numeric, uom text,
    next_scheduled_read date, update_datetime timestamp, msats_load_datetime timestamp, b2b_details text,
    line_no integer, file_id bigint)
LANGUAGE c ROWS 1000 AS 'MODULE_PATHNAME';

-- Ledger

-- Waits for another load of the same content. is_loaded: file_id is that of the ledger; else it is a new number.
CREATE FUNCTION nem12_begin_file(content_sha256 bytea, OUT file_id bigint, OUT is_loaded boolean)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM @extschema@.nem12_refuse_distributed();
    IF content_sha256 IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock(('x' || encode(substr(content_sha256, 1, 8), 'hex'))::bit(64)::bigint);
        file_id := (SELECT max(f.file_id) FROM @extschema@.nem12_files f WHERE f.sha256 = content_sha256);
    END IF;
    is_loaded := file_id IS NOT NULL;
    IF NOT is_loaded THEN
        file_id := nextval('@extschema@.nem12_files_file_id_seq');
    END IF;
END
$$;

-- The list of these NMIs, stored if it is not. Who stores the same one first waits for the other's commit, which is near:
-- this comes last in a load.
CREATE FUNCTION nem12_store_nmis(nmis text[]) RETURNS uuid
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    id CONSTANT uuid := left(encode(sha256(convert_to(array_to_string(nmis, ','::text), 'UTF8'::name)), 'hex'::text), 32)::uuid;
BEGIN
    PERFORM FROM @extschema@.nem12_nmi_lists l WHERE l.list_id = id;
    IF NOT FOUND THEN
        INSERT INTO @extschema@.nem12_nmi_lists (list_id, nmis) VALUES (id, $1) ON CONFLICT (list_id) DO NOTHING;
    END IF;
    RETURN id;
END
$$;

-- Writes the ledger row. The content may turn out to be loaded already: when nobody knew its SHA-256 at the beginning, or when
-- a load that did not know it was faster. Then all of it was stored before, whatever this load stored goes again, and
-- is_loaded says so. The ledger's key decides, not the lock: who holds the lock may wait for days that this load has stored.
CREATE FUNCTION nem12_finish_file(
    new_file_id bigint, content_sha256 bytea, file_name text, version text, created timestamp,
    from_participant text, to_participant text, dialect text, bytes bigint, days_inserted bigint, days_staged bigint,
    readings bigint, accumulation_reads bigint, skipped_records bigint, first_inserted date, last_inserted date,
    inserted_nmis text[], message_id text, transaction_id text, OUT file_id bigint, OUT is_loaded boolean)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    few CONSTANT integer := 8; -- not worth a list of their own
BEGIN
    PERFORM @extschema@.nem12_refuse_distributed(); -- once more: now that the tables are locked, nobody can distribute them
    file_id := new_file_id;
    INSERT INTO @extschema@.nem12_files (
        file_id, sha256, file_name, version, file_creation_date, from_participant, to_participant, dialect, bytes,
        days_inserted, days_staged, readings, accumulation_reads, skipped_records, message_id, transaction_id)
    SELECT new_file_id, content_sha256, nem12_finish_file.file_name, nem12_finish_file.version, created,
           nem12_finish_file.from_participant, nem12_finish_file.to_participant, nem12_finish_file.dialect,
           nem12_finish_file.bytes, nem12_finish_file.days_inserted, nem12_finish_file.days_staged,
           nem12_finish_file.readings, nem12_finish_file.accumulation_reads, nem12_finish_file.skipped_records,
           nem12_finish_file.message_id, nem12_finish_file.transaction_id
    WHERE NOT EXISTS (SELECT FROM @extschema@.nem12_files f WHERE f.sha256 = content_sha256) -- of any generation
    ON CONFLICT (sha256, generation) DO NOTHING;
    is_loaded := NOT FOUND;
    IF is_loaded THEN
        file_id := (SELECT max(f.file_id) FROM @extschema@.nem12_files f WHERE f.sha256 = content_sha256);
        IF days_inserted > 0 THEN
            DELETE FROM @extschema@.nem12_interval_days d WHERE d.file_id = new_file_id;
        END IF;
        DELETE FROM @extschema@.nem12_staging_days d WHERE d.file_id = new_file_id;
        DELETE FROM @extschema@.nem12_b2b_details d WHERE d.file_id = new_file_id;
        DELETE FROM @extschema@.nem12_accumulation_reads d WHERE d.file_id = new_file_id;
        DELETE FROM @extschema@.nem12_staging_reads d WHERE d.file_id = new_file_id;
        DELETE FROM @extschema@.nem12_errors e WHERE e.file_id = new_file_id;
    ELSIF days_inserted > 0 THEN
        INSERT INTO @extschema@.nem12_file_days (file_id, first_date, last_date, nmis, list_id)
        VALUES (new_file_id, first_inserted, last_inserted,
                CASE WHEN cardinality(inserted_nmis) <= few THEN inserted_nmis END,
                CASE WHEN cardinality(inserted_nmis) > few THEN @extschema@.nem12_store_nmis(inserted_nmis) END)
        ON CONFLICT (file_id) DO UPDATE -- a file of that number that was deleted from the ledger
        SET xid = excluded.xid, server_id = excluded.server_id, first_date = excluded.first_date,
            last_date = excluded.last_date, nmis = excluded.nmis, list_id = excluded.list_id;
    END IF;
END
$$;

-- Whether an error is of the server and not of the rows at hand: disk full, out of memory or locks (53), shutdown (57), I/O
-- (58), faults and corruption (XX). It fails the whole load or merge, to be tried again: the rows are good, and staging them would
-- need the same disk.
CREATE FUNCTION nem12_is_server_trouble(sqlstate text) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT left($1, 2) IN ('53', '57', '58', 'XX')
$$;

-- Channel details. Returns the positions of the channels whose details_id other content has: they need another number.
CREATE FUNCTION nem12_store_details() RETURNS integer[]
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    offered bigint;
    inserted bigint;
BEGIN
    offered := (SELECT count(*) FROM @extschema@.nem12_batch_channels());
    INSERT INTO @extschema@.nem12_channel_details (
        nmi, nmi_suffix, details_id, interval_length, uom, nmi_configuration, register_id, mdm_data_stream, meter_serial,
        next_scheduled_read)
    SELECT c.nmi, c.nmi_suffix, c.details_id, c.interval_length, c.uom, c.nmi_configuration, c.register_id,
           c.mdm_data_stream, c.meter_serial, c.next_scheduled_read
    FROM @extschema@.nem12_batch_channels() c
    ORDER BY c.nmi COLLATE "C", c.nmi_suffix COLLATE "C", c.details_id
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS inserted = ROW_COUNT;
    IF inserted = offered THEN
        RETURN NULL;
    END IF;
    RETURN (
        SELECT array_agg(c."position" ORDER BY c."position")
        FROM @extschema@.nem12_batch_channels() c
        JOIN @extschema@.nem12_channel_details d
            ON d.nmi = c.nmi AND d.nmi_suffix = c.nmi_suffix AND d.details_id = c.details_id
        WHERE (d.interval_length, d.uom, d.nmi_configuration, d.register_id, d.mdm_data_stream, d.meter_serial)
           <> (c.interval_length, c.uom, c.nmi_configuration, c.register_id, c.mdm_data_stream, c.meter_serial)
           OR d.next_scheduled_read IS DISTINCT FROM c.next_scheduled_read);
END
$$;

-- Days: those that exist already go to staging. Anything that goes wrong on the direct way is undone and left to the
-- statement; what goes wrong there is undone, and each day tried alone.
-- first_date and last_date bound the batch's days, so that only their partitions are looked at.
CREATE FUNCTION nem12_store_days(
    offered bigint, first_date date, last_date date, load_name text, OUT inserted bigint, OUT staged bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    directly boolean;
BEGIN
    BEGIN
        inserted := @extschema@.nem12_insert_batch_days('@extschema@.nem12_interval_days'::regclass);
    EXCEPTION WHEN OTHERS THEN
        IF @extschema@.nem12_is_server_trouble(SQLSTATE) THEN
            RAISE;
        END IF;
        inserted := NULL;
    END;
    directly := inserted IS NOT NULL;
    IF NOT directly THEN
        BEGIN
            inserted := @extschema@.nem12_store_days_by_statement();
        EXCEPTION WHEN OTHERS THEN
            IF @extschema@.nem12_is_server_trouble(SQLSTATE) THEN
                RAISE;
            END IF;
            SELECT safely.inserted, safely.staged INTO nem12_store_days.inserted, nem12_store_days.staged
            FROM @extschema@.nem12_store_days_safely(load_name) AS safely;
            RETURN;
        END;
    END IF;
    IF inserted < offered AND directly THEN
        staged := @extschema@.nem12_stage_batch_days('@extschema@.nem12_staging_days'::regclass,
                                                     '@extschema@.nem12_staging_days_staging_id_seq'::regclass);
    END IF;
    IF inserted < offered AND staged IS NULL THEN
        staged := @extschema@.nem12_stage_stored_days(first_date, last_date);
    END IF;
    staged := coalesce(staged, 0);
END
$$;

CREATE FUNCTION nem12_store_days_by_statement() RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    inserted bigint;
BEGIN
    INSERT INTO @extschema@.nem12_interval_days (
        nmi, nmi_suffix, interval_date, line_no, file_id, update_datetime, msats_load_datetime, details_id, quality, events,
        "values")
    SELECT nmi, nmi_suffix, interval_date, line_no, file_id, update_datetime, msats_load_datetime, details_id, quality,
           events, "values"
    FROM @extschema@.nem12_batch_days()
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS inserted = ROW_COUNT;
    RETURN inserted;
END
$$;

-- OFFSET 0 keeps one look in the index for each day: what the planner makes of a join depends on statistics, and a partition that
-- was filled a moment ago has none.
CREATE FUNCTION nem12_stage_stored_days(first_date date, last_date date) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan
SET enable_seqscan = off SET jit = off AS $$
DECLARE
    staged bigint;
BEGIN
    INSERT INTO @extschema@.nem12_staging_days (
        nmi, nmi_suffix, interval_date, line_no, file_id, update_datetime, msats_load_datetime, details_id, quality, events,
        "values", reason)
    SELECT c.nmi, c.nmi_suffix, c.interval_date, c.line_no, c.file_id, c.update_datetime, c.msats_load_datetime,
           c.details_id, c.quality, c.events, c.values, 'day_exists'
    FROM @extschema@.nem12_batch_days() c
    WHERE NOT EXISTS (
        SELECT FROM @extschema@.nem12_interval_days d
        WHERE d.nmi = c.nmi AND d.nmi_suffix = c.nmi_suffix AND d.interval_date = c.interval_date
          AND d.interval_date BETWEEN first_date AND last_date
          AND d.file_id = c.file_id AND d.line_no = c.line_no
        OFFSET 0);
    GET DIAGNOSTICS staged = ROW_COUNT;
    RETURN staged;
END
$$;

-- Safe mode: one load at a time, day by day, each in a subtransaction of its own. What fails is staged with its SQLSTATE and
-- logged. After a deadlock the rest of the batch is staged untried: each try could wait for the deadlock detector again.
CREATE FUNCTION nem12_store_days_safely(load_name text, OUT inserted bigint, OUT staged bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    day record;
    failure text;
    failure_message text;
BEGIN
    inserted := 0;
    staged := 0;
    BEGIN
        PERFORM pg_advisory_xact_lock(1852140849, 2);
    EXCEPTION WHEN deadlock_detected THEN
        failure := SQLSTATE;
        failure_message := SQLERRM;
    END;
    FOR day IN SELECT * FROM @extschema@.nem12_batch_days() LOOP
        IF failure IS DISTINCT FROM '40P01' THEN
            failure := NULL;
            BEGIN
                INSERT INTO @extschema@.nem12_interval_days (
                    nmi, nmi_suffix, interval_date, line_no, file_id, update_datetime, msats_load_datetime, details_id, quality,
                    events, "values")
                VALUES (day.nmi, day.nmi_suffix, day.interval_date, day.line_no, day.file_id, day.update_datetime,
                        day.msats_load_datetime, day.details_id, day.quality, day.events, day.values)
                ON CONFLICT DO NOTHING;
                IF FOUND THEN
                    inserted := inserted + 1;
                    CONTINUE;
                END IF;
            EXCEPTION WHEN OTHERS THEN
                IF @extschema@.nem12_is_server_trouble(SQLSTATE) THEN
                    RAISE;
                END IF;
                failure := SQLSTATE;
                failure_message := SQLERRM;
            END;
        END IF;
        INSERT INTO @extschema@.nem12_staging_days (
            nmi, nmi_suffix, interval_date, line_no, file_id, update_datetime, msats_load_datetime, details_id, quality, events,
            "values", reason, sqlstate, message)
        VALUES (day.nmi, day.nmi_suffix, day.interval_date, day.line_no, day.file_id, day.update_datetime,
                day.msats_load_datetime, day.details_id, day.quality, day.events, day.values,
                CASE WHEN failure IS NULL THEN 'day_exists' ELSE 'insert_failed' END, failure,
                CASE WHEN failure IS NOT NULL THEN failure_message END);
        staged := staged + 1;
        IF failure IS NOT NULL THEN
            INSERT INTO @extschema@.nem12_errors (file_name, file_id, line_no, record_indicator, code, sqlstate, message)
            VALUES (load_name, day.file_id, day.line_no, 300, 'insert_failed', failure,
                    format('%s %s of %s was staged: %s', day.nmi, day.nmi_suffix, day.interval_date, failure_message));
        END IF;
    END LOOP;
END
$$;

-- How many it stored.
CREATE FUNCTION nem12_store_b2b() RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    stored bigint;
BEGIN
    INSERT INTO @extschema@.nem12_b2b_details (
        nmi, nmi_suffix, interval_date, file_id, line_no, trans_code, ret_service_order, read_datetime, index_read)
    SELECT nmi, nmi_suffix, interval_date, file_id, line_no, trans_code, ret_service_order, read_datetime, index_read
    FROM @extschema@.nem12_batch_b2b()
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS stored = ROW_COUNT;
    RETURN stored;
END
$$;

-- Accumulation reads, by the rules of days. Their columns are the same in all four places, so rows are passed whole.
CREATE FUNCTION nem12_store_reads(offered bigint, load_name text, OUT inserted bigint, OUT staged bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
BEGIN
    staged := 0;
    INSERT INTO @extschema@.nem12_accumulation_reads
    SELECT c.* FROM @extschema@.nem12_batch_reads() c
    ORDER BY c.nmi COLLATE "C", c.nmi_suffix COLLATE "C", c.register_id COLLATE "C", c.meter_serial COLLATE "C",
             c.previous_read_datetime, c.current_read_datetime, c.line_no
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS inserted = ROW_COUNT;
    IF inserted < offered THEN
        INSERT INTO @extschema@.nem12_staging_reads
        SELECT c.*, nextval('@extschema@.nem12_staging_reads_staging_id_seq'), 'read_exists'
        FROM @extschema@.nem12_batch_reads() c
        WHERE NOT EXISTS (
            SELECT FROM @extschema@.nem12_accumulation_reads d
            WHERE d.nmi = c.nmi AND d.nmi_suffix = c.nmi_suffix AND d.register_id = c.register_id
              AND d.meter_serial = c.meter_serial AND d.previous_read_datetime = c.previous_read_datetime
              AND d.current_read_datetime = c.current_read_datetime AND d.file_id = c.file_id AND d.line_no = c.line_no);
        GET DIAGNOSTICS staged = ROW_COUNT;
    END IF;
EXCEPTION WHEN OTHERS THEN
    IF @extschema@.nem12_is_server_trouble(SQLSTATE) THEN
        RAISE;
    END IF;
    SELECT safely.inserted, safely.staged INTO nem12_store_reads.inserted, nem12_store_reads.staged
    FROM @extschema@.nem12_store_reads_safely(load_name) AS safely;
END
$$;

CREATE FUNCTION nem12_store_reads_safely(load_name text, OUT inserted bigint, OUT staged bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    a_read @extschema@.nem12_accumulation_reads;
    failure text;
    failure_message text;
BEGIN
    inserted := 0;
    staged := 0;
    BEGIN
        PERFORM pg_advisory_xact_lock(1852140849, 2);
    EXCEPTION WHEN deadlock_detected THEN
        failure := SQLSTATE;
        failure_message := SQLERRM;
    END;
    FOR a_read IN SELECT * FROM @extschema@.nem12_batch_reads() LOOP
        IF failure IS DISTINCT FROM '40P01' THEN
            failure := NULL;
            BEGIN
                INSERT INTO @extschema@.nem12_accumulation_reads SELECT a_read.* ON CONFLICT DO NOTHING;
                IF FOUND THEN
                    inserted := inserted + 1;
                    CONTINUE;
                END IF;
            EXCEPTION WHEN OTHERS THEN
                IF @extschema@.nem12_is_server_trouble(SQLSTATE) THEN
                    RAISE;
                END IF;
                failure := SQLSTATE;
                failure_message := SQLERRM;
            END;
        END IF;
        INSERT INTO @extschema@.nem12_staging_reads
        SELECT a_read.*, nextval('@extschema@.nem12_staging_reads_staging_id_seq'),
               CASE WHEN failure IS NULL THEN 'read_exists' ELSE 'insert_failed' END, failure,
               CASE WHEN failure IS NOT NULL THEN failure_message END;
        staged := staged + 1;
        IF failure IS NOT NULL THEN
            INSERT INTO @extschema@.nem12_errors (file_name, file_id, line_no, record_indicator, code, sqlstate, message)
            VALUES (load_name, a_read.file_id, a_read.line_no, 250, 'insert_failed', failure,
                    format('%s %s of %s was staged: %s', a_read.nmi, a_read.nmi_suffix, a_read.current_read_datetime,
                           failure_message));
        END IF;
    END LOOP;
END
$$;

-- What a load with on_invalid => 'skip' leaves out. What waits there already from the same bytes, refused earlier or loaded and
-- gone from the ledger since, becomes this load's and is not told twice.
CREATE FUNCTION nem12_log_finding(
    file_name text, sha256 bytea, file_id bigint, line_no bigint, record integer, field integer, severity text, code text,
    sqlstate text, message text, raw_text text, from_participant text, to_participant text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF $2 IS NOT NULL THEN
        UPDATE @extschema@.nem12_errors SET file_id = $3
        WHERE error_id = (
            SELECT min(e.error_id)
            FROM @extschema@.nem12_errors e
            WHERE e.sha256 = $2 AND e.line_no = $4 AND NOT e.resolved AND e.code = $8 AND e.severity = $7
              AND coalesce(e.record_indicator, 0) = coalesce($5, 0) AND coalesce(e.field, -1) = coalesce($6, -1)
              AND (e.file_id IS NULL
                   OR e.file_id <> $3 AND NOT EXISTS (SELECT FROM @extschema@.nem12_files f WHERE f.file_id = e.file_id)));
        IF FOUND THEN
            RETURN;
        END IF;
    END IF;
    INSERT INTO @extschema@.nem12_errors (file_name, sha256, file_id, line_no, record_indicator, field, severity, code, sqlstate,
                              message, raw_text, from_participant, to_participant)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, nullif($12, ''), nullif($13, ''));
END
$$;

-- Loading. The C functions parse, and store what they have parsed (extension/src/load); the ledger and the log are here. Advisory
-- locks: (1852140849, 1) merge, (1852140849, 2) safe mode, and the first eight bytes
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

-- How many batches of this session had their days stored directly, and how many by a statement; the others went day by day.
CREATE FUNCTION nem12_batches_stored(OUT directly bigint, OUT by_statement bigint)
LANGUAGE c AS 'MODULE_PATHNAME';

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

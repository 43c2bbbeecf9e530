-- What the loader asks beside loading.

-- The findings of a refused file, for people: an array of {line, record, field, severity, code, sqlstate, message, text}.
-- Returns the number of rows: what is known of the same bytes and not resolved is not told twice.
CREATE FUNCTION nem12_report_findings(
    file_name text, sha256 bytea, findings jsonb, from_participant text DEFAULT NULL, to_participant text DEFAULT NULL)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    reported bigint;
BEGIN
    IF nem12_report_findings.sha256 IS NOT NULL THEN -- two loaders may refuse the same bytes at the same time
        PERFORM pg_advisory_xact_lock(
            ('x' || encode(substr(nem12_report_findings.sha256, 1, 8), 'hex'))::bit(64)::bigint);
    END IF;
    INSERT INTO @extschema@.nem12_errors (file_name, sha256, line_no, record_indicator, field, severity, code, sqlstate, message, raw_text,
                              from_participant, to_participant)
    SELECT nem12_report_findings.file_name, nem12_report_findings.sha256, f.line_no, f.record_indicator, f.field, f.severity,
           f.code, f.sqlstate, f.message, f.raw_text, nem12_report_findings.from_participant,
           nem12_report_findings.to_participant
    FROM (
        SELECT n, nullif(line, 0) AS line_no, nullif(record, 0) AS record_indicator, CASE WHEN field >= 0 THEN field END AS field,
               coalesce(severity, 'error') AS severity, coalesce(code, 'unknown') AS code, sqlstate,
               coalesce(message, '') AS message, text AS raw_text
        FROM ROWS FROM (jsonb_to_recordset(findings) AS (
            line bigint, record smallint, field smallint, severity text, code text, sqlstate text, message text, text text))
            WITH ORDINALITY AS j(line, record, field, severity, code, sqlstate, message, text, n)) f
    WHERE NOT EXISTS (
        SELECT FROM @extschema@.nem12_errors e
        WHERE e.sha256 = nem12_report_findings.sha256 AND NOT e.resolved AND e.code = f.code AND e.severity = f.severity
          AND coalesce(e.line_no, 0) = coalesce(f.line_no, 0)
          AND coalesce(e.record_indicator, 0) = coalesce(f.record_indicator, 0)
          AND coalesce(e.field, -1) = coalesce(f.field, -1))
    ORDER BY f.n;
    GET DIAGNOSTICS reported = ROW_COUNT;
    RETURN reported;
END
$$;

-- Whether content is loaded: settles a commit in doubt.
CREATE FUNCTION nem12_file_loaded(sha256 bytea) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM @extschema@.nem12_files f WHERE f.sha256 = $1)
$$;

-- A write that is committed or fails: the circuit breaker's probe.
CREATE FUNCTION nem12_ping_write() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO @extschema@.nem12_canary (id, written_at) VALUES (1, clock_timestamp())
    ON CONFLICT (id) DO UPDATE SET written_at = excluded.written_at
$$;

-- Days and accumulation reads that wait in staging.
CREATE FUNCTION nem12_staging_depth() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT (SELECT count(*) FROM @extschema@.nem12_staging_days) + (SELECT count(*) FROM @extschema@.nem12_staging_reads)
$$;

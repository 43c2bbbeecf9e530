-- What the loader asks beside loading.

-- The findings of a refused file, for people: an array of {line, record, field, severity, code, sqlstate, message, text}.
-- Returns the number of rows.
CREATE FUNCTION nem12_report_findings(file_name text, sha256 bytea, findings jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    reported bigint;
BEGIN
    INSERT INTO @extschema@.nem12_errors (
        file_name, sha256, line_no, record_indicator, field, severity, code, sqlstate, message, raw_text)
    SELECT nem12_report_findings.file_name, nem12_report_findings.sha256, f.line, nullif(f.record, 0),
           CASE WHEN f.field >= 0 THEN f.field END, coalesce(f.severity, 'error'), coalesce(f.code, 'unknown'), f.sqlstate,
           coalesce(f.message, ''), f.text
    FROM jsonb_to_recordset(findings) AS f(line bigint, record smallint, field smallint, severity text, code text,
                                           sqlstate text, message text, text text);
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

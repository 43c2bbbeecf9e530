-- Creates the extension every other test uses. Once there are upgrade scripts, it is created again in the oldest version that
-- leads to this one and walks every step, so that the whole suite also tests the upgrades.
CREATE EXTENSION nem12;
DO $$
DECLARE
    wanted text := (SELECT extversion FROM pg_extension WHERE extname = 'nem12');
    steps  text[];
    step   text;
BEGIN
    SELECT string_to_array(path, '--') INTO steps
    FROM pg_extension_update_paths('nem12')
    WHERE target = wanted AND path IS NOT NULL
    ORDER BY array_length(string_to_array(path, '--'), 1) DESC, source LIMIT 1;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    DROP EXTENSION nem12;
    EXECUTE format('CREATE EXTENSION nem12 VERSION %L', steps[1]);
    FOREACH step IN ARRAY steps[2:] LOOP
        EXECUTE format('ALTER EXTENSION nem12 UPDATE TO %L', step);
    END LOOP;
    IF (SELECT extversion FROM pg_extension WHERE extname = 'nem12') <> wanted THEN
        RAISE 'the upgrades do not lead to version %', wanted;
    END IF;
END $$;

-- What the other tests share.
CREATE SCHEMA nem12_test;
GRANT USAGE ON SCHEMA nem12_test TO PUBLIC;
CREATE FUNCTION nem12_test.mdff(VARIADIC lines text[]) RETURNS bytea LANGUAGE sql AS $$
    SELECT convert_to(array_to_string(lines, E'\r\n') || E'\r\n', 'UTF8')
$$;
-- A 300 record of one value throughout.
CREATE FUNCTION nem12_test.day(date text, value text, minutes integer DEFAULT 30, updated text DEFAULT '20240301000000', quality text DEFAULT 'A,,')
RETURNS text LANGUAGE sql AS $$
    SELECT format('300,%s%s,%s,%s,', date, repeat(',' || value, 1440 / minutes), quality, updated)
$$;
-- One for each day.
CREATE FUNCTION nem12_test.days(first date, last date, value text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(nem12_test.day(to_char(d, 'YYYYMMDD'), value), E'\r\n' ORDER BY d) FROM generate_series(first, last, interval '1 day') AS d
$$;
CREATE FUNCTION nem12_test.empty_store() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    month regclass;
BEGIN
    TRUNCATE nem12_files, nem12_channel_details, nem12_interval_days, nem12_staging_days, nem12_superseded_days,
             nem12_b2b_details, nem12_accumulation_reads, nem12_staging_reads, nem12_superseded_reads, nem12_merges, nem12_merged_days, nem12_errors
    RESTART IDENTITY;
    FOR month IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'nem12_interval_days'::regclass LOOP
        EXECUTE 'DROP TABLE ' || month;
    END LOOP;
END
$$;

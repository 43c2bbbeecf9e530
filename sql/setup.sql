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

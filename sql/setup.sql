-- Creates the extension every other test uses. Once there are upgrade scripts, it is created in the oldest version that leads
-- to this one and walks every step, so that the whole suite also tests the upgrades.
DO $$
DECLARE
    wanted text := (SELECT default_version FROM pg_available_extensions WHERE name = 'nem12');
    steps  text[];
    step   text;
BEGIN
    SELECT string_to_array(path, '--') INTO steps
    FROM pg_extension_update_paths('nem12')
    WHERE target = wanted AND path IS NOT NULL
    ORDER BY array_length(string_to_array(path, '--'), 1) DESC, source LIMIT 1;
    EXECUTE format('CREATE EXTENSION nem12 VERSION %L', coalesce(steps[1], wanted));
    FOREACH step IN ARRAY coalesce(steps[2:], '{}') LOOP
        EXECUTE format('ALTER EXTENSION nem12 UPDATE TO %L', step);
    END LOOP;
END $$;
SELECT extversion = default_version AS up_to_date
FROM pg_extension JOIN pg_available_extensions ON name = extname WHERE extname = 'nem12';

-- The roles of docs/security.md: a loader that runs functions and touches no table, a reader that reads the views and nothing else.
CREATE ROLE regress_nem12_loader;
CREATE ROLE regress_nem12_reader;
GRANT EXECUTE ON FUNCTION nem12_load, nem12_load_begin, nem12_load_chunk, nem12_load_end, nem12_prepare_months,
    nem12_merge_staging, nem12_report_findings, nem12_file_loaded, nem12_ping_write, nem12_staging_depth TO regress_nem12_loader;
GRANT SELECT ON meter_readings, staging_meter_readings TO regress_nem12_reader;

-- Everything that can be tried on every relation of the extension, its months included, as the current role: what was not refused
-- for want of a right. The WHERE clauses keep a test that fails from doing harm.
CREATE FUNCTION not_refused() RETURNS TABLE (relation name, tried text, outcome text) LANGUAGE plpgsql AS $$
DECLARE
    r record;
    statements text[];
BEGIN
    FOR r IN
        WITH RECURSIVE member AS (
            SELECT d.objid AS oid FROM pg_depend d
            WHERE d.classid = 'pg_class'::regclass AND d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass
              AND d.refobjid = (SELECT e.oid FROM pg_extension e WHERE e.extname = 'nem12')
            UNION
            SELECT i.inhrelid FROM pg_inherits i JOIN member m ON i.inhparent = m.oid)
        SELECT c.oid::regclass AS named, c.relname, c.relkind,
               (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = 1) AS first_column
        FROM member m JOIN pg_class c ON c.oid = m.oid WHERE c.relkind IN ('r', 'p', 'v', 'S') ORDER BY c.relname
    LOOP
        statements := CASE r.relkind
            WHEN 'S' THEN ARRAY['SELECT last_value FROM %1$s', 'SELECT nextval(%3$L)', 'SELECT setval(%3$L, 1)', 'DROP SEQUENCE %1$s']
            ELSE ARRAY['SELECT FROM %1$s LIMIT 0', 'SELECT %2$I FROM %1$s LIMIT 0', 'INSERT INTO %1$s (%2$I) SELECT NULL WHERE false',
                       'UPDATE %1$s SET %2$I = NULL WHERE false', 'DELETE FROM %1$s WHERE false', 'TRUNCATE %1$s',
                       'LOCK TABLE %1$s IN ACCESS EXCLUSIVE MODE', 'ALTER TABLE %1$s ADD COLUMN x integer',
                       'CREATE TRIGGER x BEFORE INSERT ON %1$s FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()',
                       'DROP TABLE %1$s'] END;
        FOREACH tried IN ARRAY statements LOOP
            relation := r.relname;
            BEGIN
                EXECUTE format(tried, r.named, r.first_column, r.named);
                outcome := 'done';
                RETURN NEXT;
            EXCEPTION
                WHEN insufficient_privilege THEN
                    NULL;
                WHEN wrong_object_type OR object_not_in_prerequisite_state THEN -- a view that is no table
                    IF r.relkind <> 'v' THEN
                        RAISE;
                    END IF;
            END;
        END LOOP;
    END LOOP;
END
$$;

-- The loader: its whole life, as the daemon calls it.
SET ROLE regress_nem12_loader;
SELECT nem12_prepare_months('{2024-02-01}');
BEGIN;
SELECT nem12_load_begin('roles.csv');
SELECT nem12_load_chunk(E'100,NEM12,202402020000,A,B\n200,QAAAVZZZZZ,E1,E1,E1,,X,kWh,30,\n300,20240201'::bytea
                        || convert_to(repeat(',1', 48), 'UTF8') || E',A,,,20240202000000,\n900\n'::bytea);
SELECT status, days_inserted FROM nem12_load_end();
COMMIT;
SELECT status, days_staged FROM nem12_load(E'100,NEM12,202402030000,A,B\n200,QAAAVZZZZZ,E1,E1,E1,,X,kWh,30,\n300,20240201'::bytea
                                           || convert_to(repeat(',2', 48), 'UTF8') || E',A,,,20240203000000,\n900\n'::bytea);
SELECT nem12_staging_depth();
SELECT inserted, updated, remaining FROM nem12_merge_staging();
SELECT nem12_file_loaded('\x00'), nem12_report_findings('x.csv', '\x00', '[{"line": 1, "code": "test", "message": "m"}]');
SELECT nem12_ping_write();
-- That is all it can do.
SELECT * FROM not_refused();
SELECT count(*) FROM meter_readings;
RESET ROLE;

-- Functions that are not everybody's: these and no others.
SELECT p.proname AS of_the_loader
FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid
WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'nem12')
  AND has_function_privilege('regress_nem12_loader', p.oid, 'EXECUTE') AND NOT has_function_privilege('regress_nem12_reader', p.oid, 'EXECUTE')
ORDER BY p.proname COLLATE "C";

-- The reader.
SET ROLE regress_nem12_reader;
SELECT count(*), sum(consumption) FROM meter_readings WHERE nmi = 'QAAAVZZZZZ' AND "timestamp" >= '2024-02-01' AND "timestamp" < '2024-02-02';
SELECT count(*) FROM staging_meter_readings WHERE nmi = 'QAAAVZZZZZ';
SELECT relation, tried FROM not_refused() ORDER BY relation, tried COLLATE "C";
SELECT nem12_ping_write();
RESET ROLE;

-- Nothing was changed by what was tried, and what the roles did is taken away.
DELETE FROM nem12_interval_days WHERE nmi = 'QAAAVZZZZZ' AND interval_date = '2024-02-01';
DELETE FROM nem12_superseded_days WHERE nmi = 'QAAAVZZZZZ' AND interval_date = '2024-02-01';
DELETE FROM nem12_files WHERE file_name = 'roles.csv' OR file_name IS NULL AND file_creation_date = '2024-02-03';
DELETE FROM nem12_errors WHERE file_name = 'x.csv';
DROP FUNCTION not_refused();
DROP OWNED BY regress_nem12_loader, regress_nem12_reader;
DROP ROLE regress_nem12_loader, regress_nem12_reader;

-- What a role without grants may do with the extension: compute, nothing else.
CREATE ROLE regress_nem12_nobody;

-- Functions of the extension that PUBLIC may execute and that are not IMMUTABLE: those that could read or change anything.
-- nem12_validate looks at the clock, for files from the future; it changes nothing. nem12_days_known is part of what analysts call, and
-- gives nothing to who may not read nem12_day_versions.
SELECT p.oid::regprocedure AS open_to_public
FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid
WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'nem12')
  AND p.provolatile <> 'i' AND has_function_privilege('regress_nem12_nobody', p.oid, 'EXECUTE')
ORDER BY 1;

-- Functions with their owner's rights or with SQL inside that see more than pg_catalog by themselves (shadows.sql tries it).
-- A body of SQL that was parsed when the function was created (BEGIN ATOMIC) looks nothing up any more.
SELECT p.oid::regprocedure AS open_search_path
FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid JOIN pg_language l ON l.oid = p.prolang
WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'nem12')
  AND (p.prosecdef OR l.lanname NOT IN ('c', 'internal')) AND (p.prosecdef OR p.prosqlbody IS NULL)
  AND NOT EXISTS (SELECT FROM unnest(p.proconfig) AS setting WHERE setting = 'search_path=pg_catalog, pg_temp')
ORDER BY 1;

-- Statements made of text: the names and bounds of months only, so that nothing of a file is ever run.
SELECT p.proname, regexp_count(p.prosrc, '\mEXECUTE\M') AS statements
FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid
WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'nem12')
  AND p.prosrc ~ '\mEXECUTE\M'
ORDER BY 1;

-- Relations of the extension that PUBLIC may touch.
SELECT c.oid::regclass AS open_relation, privilege
FROM pg_depend d JOIN pg_class c ON c.oid = d.objid,
     unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS privilege
WHERE d.classid = 'pg_class'::regclass AND d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'nem12')
  AND c.relkind IN ('r', 'p', 'v') AND has_table_privilege('regress_nem12_nobody', c.oid, privilege)
ORDER BY 1, 2;

SET ROLE regress_nem12_nobody;
SELECT nem12_sum('{0.1,0.2}'), nem12_nmi_is_valid('QAAAVZZZZZ3');
SELECT count(*) FROM meter_readings;
SELECT count(*) FROM nem12_days_known('infinity', NULL, '-infinity', 'infinity');
SELECT nem12_merge_staging();
SELECT * FROM nem12_load('');
RESET ROLE;

-- A look is all that a reader needs to be given, and the view is enough for it.
GRANT SELECT ON meter_readings TO regress_nem12_nobody;
SET ROLE regress_nem12_nobody;
SELECT count(*) >= 0 AS readable FROM meter_readings WHERE "timestamp" >= '2020-01-01' AND "timestamp" < '2020-01-02';
SELECT count(*) FROM nem12_interval_days;
RESET ROLE;
REVOKE SELECT ON meter_readings FROM regress_nem12_nobody;
DROP ROLE regress_nem12_nobody;

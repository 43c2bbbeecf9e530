-- \d+ and \df+ are documentation: everything says what it is, and internal functions are told apart.
WITH members AS (
    SELECT classid, objid FROM pg_depend
    WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e' AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'nem12')
)
SELECT pg_describe_object(classid, objid, 0) AS without_comment
FROM members WHERE obj_description(objid, classid::regclass::text) IS NULL
    AND (classid = 'pg_proc'::regclass OR classid = 'pg_class'::regclass AND (SELECT relkind FROM pg_class WHERE oid = objid) IN ('r', 'p', 'v'))
UNION ALL
SELECT objid::regclass || '.' || attname FROM members JOIN pg_attribute ON attrelid = objid AND attnum > 0 AND NOT attisdropped
WHERE classid = 'pg_class'::regclass AND (SELECT relkind FROM pg_class WHERE oid = objid) IN ('r', 'p', 'v') AND col_description(objid, attnum) IS NULL
ORDER BY 1;
-- What is not internal is what docs/functions.md tells of.
SELECT string_agg(DISTINCT p.proname, ' ' ORDER BY p.proname) AS public_functions
FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
WHERE d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'nem12') AND obj_description(p.oid, 'pg_proc') NOT LIKE 'Internal:%';
SELECT col_description('meter_readings'::regclass, attnum) FROM pg_attribute WHERE attrelid = 'meter_readings'::regclass AND attname IN ('uom', 'time');

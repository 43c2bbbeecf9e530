-- Everything the extension consists of, one line an object, independent of OIDs and of the order in which it was made.
-- scripts/check-upgrade compares these lines of a fresh and of an upgraded installation.
\pset format unaligned
\pset tuples_only on
WITH members AS (
    SELECT classid, objid FROM pg_depend
    WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
      AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'nem12')
)
SELECT line FROM (
    SELECT 'object ' || pg_describe_object(classid, objid, 0) FROM members
    UNION ALL
    SELECT 'function ' || pg_get_functiondef(p.oid) || coalesce(p.proacl::text, '')
    FROM members JOIN pg_proc p ON p.oid = objid WHERE classid = 'pg_proc'::regclass AND p.prokind <> 'a'
    UNION ALL
    SELECT 'aggregate ' || a.aggfnoid || ' ' || concat_ws(' ', a.aggkind, a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn,
           a.aggdeserialfn, a.aggtranstype::regtype, a.agginitval, p.proparallel, p.proisstrict, p.proacl)
    FROM members JOIN pg_aggregate a ON a.aggfnoid = objid JOIN pg_proc p ON p.oid = objid WHERE classid = 'pg_proc'::regclass
    UNION ALL
    SELECT 'relation ' || concat_ws(' ', c.oid::regclass, c.relkind, c.relpersistence, c.reloptions, c.relacl, pg_get_partkeydef(c.oid))
    FROM members JOIN pg_class c ON c.oid = objid WHERE classid = 'pg_class'::regclass
    UNION ALL
    -- Without attnum: an upgrade appends the columns that a fresh table may have in the middle.
    SELECT 'column ' || concat_ws(' ', attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull, attstorage,
           attcompression, attcollation, attacl, pg_get_expr(d.adbin, d.adrelid))
    FROM members JOIN pg_attribute ON attrelid = objid AND attnum > 0 AND NOT attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = attrelid AND d.adnum = attnum WHERE classid = 'pg_class'::regclass
    UNION ALL
    SELECT 'constraint ' || concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(k.oid))
    FROM members JOIN pg_constraint k ON conrelid = objid WHERE classid = 'pg_class'::regclass
    UNION ALL
    SELECT 'index ' || pg_get_indexdef(indexrelid)
    FROM members JOIN pg_index ON indrelid = objid WHERE classid = 'pg_class'::regclass
    UNION ALL
    SELECT 'view ' || c.oid::regclass || ' ' || pg_get_viewdef(c.oid)
    FROM members JOIN pg_class c ON c.oid = objid AND relkind = 'v' WHERE classid = 'pg_class'::regclass
    UNION ALL
    SELECT 'trigger ' || pg_get_triggerdef(t.oid)
    FROM members JOIN pg_trigger t ON tgrelid = objid AND NOT tgisinternal WHERE classid = 'pg_class'::regclass
    UNION ALL
    SELECT 'type ' || concat_ws(' ', t.oid::regtype, typlen, typalign, typstorage, typinput, typoutput, typreceive, typsend, typacl)
    FROM members JOIN pg_type t ON t.oid = objid WHERE classid = 'pg_type'::regclass
    UNION ALL
    SELECT 'config ' || c::regclass || ' ' || coalesce(extcondition[i], '')
    FROM pg_extension, unnest(extconfig) WITH ORDINALITY AS u(c, i) WHERE extname = 'nem12'
) AS lines(line)
ORDER BY line COLLATE "C";

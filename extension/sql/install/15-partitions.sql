-- Month partitions of nem12_interval_days: ordinary tables, not members of the extension, so that pg_dump dumps them.

-- Citus counts the rows that were offered to ON CONFLICT DO NOTHING, not those that went in: corrections would vanish.
CREATE FUNCTION nem12_refuse_distributed() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    distributed text;
BEGIN
    IF to_regclass('pg_catalog.pg_dist_partition') IS NULL THEN
        RETURN;
    END IF;
    distributed := (
        SELECT string_agg(p.logicalrelid::regclass::text, ', ' ORDER BY p.logicalrelid::regclass::text)
        FROM pg_catalog.pg_dist_partition p
        JOIN pg_depend d ON d.objid = coalesce(pg_partition_root(p.logicalrelid), p.logicalrelid)
        JOIN pg_extension e ON e.oid = d.refobjid
        WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
          AND e.extname = 'nem12');
    IF distributed IS NOT NULL THEN
        RAISE EXCEPTION 'nem12 does not load into tables that Citus manages: %', distributed
            USING ERRCODE = 'feature_not_supported',
                  HINT = 'Take them back with undistribute_table(), or load into a database whose nem12 tables are local.';
    END IF;
END
$$;

-- Makes the missing ones among the months of the given days; returns how many. A lock keeps other makers out until the
-- transaction ends, so a loader calls this first, in a transaction of its own. Readers and writers are not held up.
-- One call makes 240 months (20 years) at most: each takes eight locks until the transaction ends, and all sessions share one
-- table of locks.
CREATE FUNCTION nem12_prepare_months(months date[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    most CONSTANT integer := 240;
    days CONSTANT regclass := '@extschema@.nem12_interval_days';
    home CONSTANT text := (SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = days);
    month timestamp;
    missing timestamp[] := '{}';
    partition text;
    made integer := 0;
BEGIN
    PERFORM @extschema@.nem12_refuse_distributed();
    FOR month IN SELECT DISTINCT date_trunc('month', m::timestamp) FROM unnest(months) AS m WHERE m IS NOT NULL ORDER BY 1 LOOP
        IF month < '1900-01-01' OR month >= '2200-01-01' THEN
            RAISE EXCEPTION 'no readings can be stored for the month of %', month::date
                USING ERRCODE = 'datetime_field_overflow';
        END IF;
        partition := format('%I.%I', home, 'nem12_interval_days_' || to_char(month, 'YYYY_MM'));
        CONTINUE WHEN to_regclass(partition) IS NOT NULL AND pg_partition_root(partition::regclass) = days;
        missing := missing || month;
    END LOOP;
    IF cardinality(missing) > most THEN
        RAISE EXCEPTION 'nem12_prepare_months() makes at most % months in one call, not %', most, cardinality(missing)
            USING ERRCODE = 'program_limit_exceeded',
                  HINT = 'Ask for fewer months at a time, each call in a transaction of its own.';
    END IF;
    FOREACH month IN ARRAY missing LOOP
        LOCK TABLE ONLY @extschema@.nem12_interval_days IN SHARE UPDATE EXCLUSIVE MODE;
        partition := format('%I.%I', home, 'nem12_interval_days_' || to_char(month, 'YYYY_MM'));
        IF to_regclass(partition) IS NOT NULL THEN -- made while we waited, or detached by somebody
            CONTINUE WHEN pg_partition_root(partition::regclass) = days;
            RAISE EXCEPTION 'table % exists, but is not a partition of nem12_interval_days', partition
                USING ERRCODE = 'object_not_in_prerequisite_state',
                      HINT = 'Attach it, rename it or drop it.';
        END IF;
        EXECUTE format('CREATE TABLE %s (LIKE %I.nem12_interval_days INCLUDING ALL EXCLUDING COMMENTS,'
                       ' PRIMARY KEY (nmi, nmi_suffix, interval_date))', partition, home);
        EXECUTE format('ALTER TABLE ONLY %I.nem12_interval_days ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)',
                       home, partition, month::date, (month + interval '1 month')::date);
        made := made + 1;
    END LOOP;
    RETURN made;
END
$$;

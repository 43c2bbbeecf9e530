-- Month partitions of nem12_interval_days: ordinary tables, not members of the extension, so that pg_dump dumps them.

-- Makes the missing ones among the months of the given days; returns how many. A lock keeps other makers out until the
-- transaction ends, so a loader calls this first, in a transaction of its own. Readers and writers are not held up.
CREATE FUNCTION nem12_prepare_months(months date[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = @extschema@, pg_temp AS $$
DECLARE
    home text := (SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                  WHERE c.oid = 'nem12_interval_days'::regclass);
    month timestamp;
    partition text;
    made integer := 0;
BEGIN
    FOR month IN SELECT DISTINCT date_trunc('month', m::timestamp) FROM unnest(months) AS m WHERE m IS NOT NULL ORDER BY 1 LOOP
        IF month < '1900-01-01' OR month >= '2200-01-01' THEN
            RAISE EXCEPTION 'no readings can be stored for the month of %', month::date
                USING ERRCODE = 'datetime_field_overflow';
        END IF;
        partition := 'nem12_interval_days_' || to_char(month, 'YYYY_MM');
        CONTINUE WHEN to_regclass(format('%I.%I', home, partition)) IS NOT NULL
            AND pg_partition_root(format('%I.%I', home, partition)::regclass) = 'nem12_interval_days'::regclass;
        LOCK TABLE ONLY nem12_interval_days IN SHARE UPDATE EXCLUSIVE MODE;
        IF to_regclass(format('%I.%I', home, partition)) IS NOT NULL THEN -- made while we waited, or detached by somebody
            CONTINUE WHEN pg_partition_root(format('%I.%I', home, partition)::regclass) = 'nem12_interval_days'::regclass;
            RAISE EXCEPTION 'table % exists, but is not a partition of nem12_interval_days', partition
                USING ERRCODE = 'object_not_in_prerequisite_state',
                      HINT = 'Attach it, rename it or drop it.';
        END IF;
        EXECUTE format('CREATE TABLE %1$I.%2$I (LIKE %1$I.nem12_interval_days INCLUDING ALL,'
                       ' PRIMARY KEY (nmi, nmi_suffix, interval_date))', home, partition);
        EXECUTE format('ALTER TABLE ONLY %1$I.nem12_interval_days ATTACH PARTITION %1$I.%2$I FOR VALUES FROM (%3$L) TO (%4$L)',
                       home, partition, month::date, (month + interval '1 month')::date);
        made := made + 1;
    END LOOP;
    RETURN made;
END
$$;

-- Retention: whole months of readings are dropped, with everything that hangs on their days. What a merge would bring back, staged
-- days, goes too. The ledger stays, so that a file that was loaded is known when it comes again.
CREATE FUNCTION @extschema@.nem12_drop_before(before date, OUT days bigint, OUT superseded bigint, OUT months integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO, YMD' AS $$
DECLARE
    month record;
    counted bigint;
    last_month date := date_trunc('month', before::timestamp)::date; -- the first that stays
BEGIN
    IF before IS NULL OR before = 'infinity' OR before = '-infinity' THEN
        RAISE EXCEPTION 'nem12_drop_before() needs to know before when' USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Write a date, such as ''2018-01-01''. Months that end before it are dropped; the month that it lies in stays.';
    END IF;
    PERFORM @extschema@.nem12_refuse_distributed();
    PERFORM pg_advisory_xact_lock(1852140849, 1); -- no merge meanwhile
    days := 0;
    months := 0;
    FOR month IN
        SELECT c.oid::regclass AS partition
        FROM pg_inherits i
        JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = '@extschema@.nem12_interval_days'::regclass
          AND (regexp_match(pg_get_expr(c.relpartbound, c.oid), 'TO \(''([0-9-]+)''\)'))[1]::date <= last_month
        ORDER BY c.relname
    LOOP
        EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', month.partition);
        EXECUTE format('SELECT count(*) FROM %s', month.partition) INTO counted;
        EXECUTE format('DROP TABLE %s', month.partition);
        days := days + counted;
        months := months + 1;
    END LOOP;
    DELETE FROM @extschema@.nem12_superseded_days s WHERE s.interval_date < last_month;
    GET DIAGNOSTICS superseded = ROW_COUNT;
    DELETE FROM @extschema@.nem12_staging_days s WHERE s.interval_date < last_month;
    DELETE FROM @extschema@.nem12_merged_days d WHERE d.interval_date < last_month;
    DELETE FROM @extschema@.nem12_b2b_details b WHERE b.interval_date < last_month;
    DELETE FROM @extschema@.nem12_file_days f WHERE f.last_date < last_month; -- lists of NMIs stay: a load may be about to use one
END
$$;

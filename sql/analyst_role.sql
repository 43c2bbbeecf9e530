-- The role of docs/analysts.md: SELECT on the views and EXECUTE are enough for all of it, and nothing else is open to it.
SET datestyle = ISO;
BEGIN;
CREATE ROLE regress_nem12_analyst;
GRANT SELECT ON meter_readings, staging_meter_readings, nem12_day_totals, nem12_day_versions TO regress_nem12_analyst;
GRANT EXECUTE ON FUNCTION nem12_days_as_of, nem12_readings_as_of, nem12_reading_changes, nem12_changed_days, nem12_gaps,
    nem12_completeness, nem12_index_checks, nem12_export, nem12_export_reads TO regress_nem12_analyst;
DO $$ BEGIN
    PERFORM nem12_load(convert_to(concat_ws(E'\r\n', '100,NEM12,202503050102,MDP1,Ret1', '200,4013000001,E1,1,E1,N1,METER1,kWh,30,20250601',
        '300,20250301' || repeat(',0.5', 48) || ',A,,,20250302040506,', '500,O,,20250301000000,000100', '300,20250303' || repeat(',0.25', 48) || ',E52,,,20250304040506,',
        '500,O,,20250303000000,000124', '900', ''), 'UTF8'));
    PERFORM nem12_load(convert_to(concat_ws(E'\r\n', '100,NEM12,202503060102,MDP1,Ret1', '200,4013000001,E1,1,E1,N1,METER1,kWh,30,20250601',
        '300,20250303' || repeat(',0.125', 48) || ',A,,,20250304040506,', '900', ''), 'UTF8'));
    PERFORM nem12_merge_staging();
    PERFORM nem12_load(convert_to(concat_ws(E'\r\n', '100,NEM13,202503050102,MDP1,Ret1', '250,4013000001,11,1,11,11,SER1,E,0,20240101000001,A,,,2,20240201000001,A,,,2,kWh,20240501,20240301000000,',
        '900', ''), 'UTF8'));
END $$;
INSERT INTO nem12_expected_channels VALUES ('4013000001', 'E1', '2025-03-01', NULL);

SET ROLE regress_nem12_analyst;
SELECT count(*), sum(consumption) FROM meter_readings WHERE nmi = '4013000001' AND "time" >= '2025-03-01 00:00+10' AND "time" < '2025-03-02 00:00+10';
SELECT count(*) FROM staging_meter_readings WHERE nmi = '4013000001';
SELECT interval_date, consumption, actual, estimated FROM nem12_day_totals WHERE nmi = '4013000001' ORDER BY 1;
SELECT interval_date, status FROM nem12_day_versions WHERE nmi = '4013000001' ORDER BY 1, 2;
SELECT interval_date, nem12_sum("values") FROM nem12_days_as_of('infinity') WHERE nmi = '4013000001' ORDER BY 1;
SELECT count(*), sum(consumption) FROM nem12_readings_as_of('4013000001', '2025-03-03', '2025-03-04', 'infinity');
SELECT count(*) FROM nem12_reading_changes('2025-03-03', '2025-03-03', '{4013000001}');
SELECT interval_date, change FROM nem12_changed_days() WHERE nmi = '4013000001' ORDER BY 1;
SELECT interval_date, change FROM nem12_changed_days('3:3:') WHERE nmi = '4013000001' ORDER BY 1;
SELECT * FROM nem12_gaps('2025-03-01', '2025-03-04', '{4013000001}');
SELECT * FROM nem12_completeness('2025-03-01', '2025-03-04', '{4013000001}');
SELECT * FROM nem12_index_checks('2025-03-01', '2025-03-04', '{4013000001}');
SELECT count(*) FROM nem12_export('{4013000001}');
SELECT count(*) FROM nem12_export('{4013000001}', as_of => 'infinity');
SELECT count(*) FROM nem12_export_reads('{4013000001}');
SELECT nem12_resample("values", 24) + nem12_resample("values", 24) - nem12_resample("values", 24) = nem12_resample("values", 24) AS computes FROM nem12_day_versions WHERE nmi = '4013000001' LIMIT 1;
RESET ROLE;

-- Nothing else: no table, no function that changes or loads anything.
SELECT c.oid::regclass AS may_be_touched, privilege
FROM pg_depend d JOIN pg_class c ON c.oid = d.objid, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS privilege
WHERE d.classid = 'pg_class'::regclass AND d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'nem12')
  AND c.relkind IN ('r', 'p', 'v') AND has_table_privilege('regress_nem12_analyst', c.oid, privilege)
ORDER BY 1, 2;
SELECT p.oid::regprocedure AS may_be_called
FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid
WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'nem12')
  AND p.provolatile <> 'i' AND has_function_privilege('regress_nem12_analyst', p.oid, 'EXECUTE')
ORDER BY p.proname;

-- In a transaction that may not write, as on a standby.
SET TRANSACTION READ ONLY;
SELECT count(*) FROM nem12_gaps('2025-03-01', '2025-03-04', '{4013000001}');
SELECT count(*) FROM nem12_completeness('2025-03-01', '2025-03-04', '{4013000001}');
SELECT count(*) FROM nem12_changed_days('3:3:') WHERE nmi = '4013000001';
SELECT count(*) FROM nem12_readings_as_of('4013000001', NULL, NULL, 'infinity');
SELECT count(*) FROM nem12_export('{4013000001}');
ROLLBACK;

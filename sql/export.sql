-- nem12_export, nem12_export_reads: the store as MDFF again.
SET datestyle = ISO;
BEGIN;
\set load 'SELECT status, days_inserted, days_staged, accumulation_reads FROM nem12_load'
:load(nem12_test.mdff('100,NEM12,202503050102,MDP1,Ret1',
    '200,4010000001,E1B1,1,E1,N1,METER1,KWH,30,20250601',
    '300,20250301,' || repeat('0.125,', 48) || 'A,,,20250302040506,20250303040506', '500,O,S01009,20250301103000,000120.5',
    '300,20250302,' || repeat('1,', 47) || '12.5,V,,,20250303040506,', '400,1,20,S52,76,', '400,21,47,F14,0,by hand', '400,48,48,A,,',
    '200,4010000001,E1B1,1,E1,N1,METER2,kWh,30,', -- another meter
    '300,20250303,' || repeat('2,', 48) || 'E52,,,,',
    '300,20250305,' || repeat('3,', 48) || 'A,,,20250306000000,', '500,N,,20250304000001,000130', '500,S,,,', -- a read of a day that is not there
    '200,4010000001,E1B1,1,B1,N1,METER1,kWh,5,20250601', '300,20250301,' || repeat('0,', 288) || 'A,79,,20250302040506,', '900'), 'one.csv');
:load(nem12_test.mdff('100,NEM12,202503060102,MDP1,Ret1', '200,4010000001,E1B1,1,E1,N1,METER2,kWh,30,',
    '300,20250304,' || repeat('4,', 48) || 'A,,,20250305000000,', '300,20250305,' || repeat('5,', 48) || 'A,,,20250306000000,', '900'), 'two.csv');
UPDATE nem12_files SET loaded_at = '2025-03-06 12:00Z' WHERE file_name = 'one.csv';
UPDATE nem12_files SET loaded_at = '2025-03-07 12:00Z' WHERE file_name = 'two.csv';
SELECT regexp_replace(r, '((,[0-9.]+)\2{10,})', ',...\2') AS record FROM nem12_export('{4010000001}', from_participant => 'MDP1', to_participant => 'Ret1', created => '2025-04-01 00:00') AS r;
SELECT count(*) FROM nem12_export('{4010000001}', as_of => '2025-03-06 12:00Z') r WHERE r LIKE '300%';
DO $$ BEGIN PERFORM nem12_merge_staging(); END $$;
SELECT regexp_replace(r, '((,[0-9.]+)\2{10,})', ',...\2') AS record FROM nem12_export('{4010000001}', '2025-03-03', '2025-03-05', created => '2025-04-01 00:00') AS r;
SELECT regexp_replace(r, '((,[0-9.]+)\2{10,})', ',...\2') AS record
FROM nem12_export('{4010000001}', '2025-03-03', '2025-03-05', as_of => '2025-03-06 12:00Z', created => '2025-04-01 00:00') AS r;
SELECT * FROM nem12_export('{4010000002}', created => '2025-04-01 00:00');
SELECT nem12_export('{4010000002}', created => '2025-04-01 00:00', from_participant => 'MDP1');
SELECT nem12_export('{4010000002}') ~ to_char(now() AT TIME ZONE interval '10 hours', '^"100,NEM12,"YYYYMMDD') AS created_now LIMIT 1;

-- NEM13
:load(nem12_test.mdff('100,NEM13,202503050102,MDP1,Ret1',
    '250,4010000001,1141,01,11,11,METSER66,E,00100,20240101000000,A,,,00123.50,20240401000000,S61,0,seen through a window,23.50,kWh,20240701,20240402000000,20240403000000', '550,N,,A,SO1', '550,A,SO2,N,',
    '250,4010000001,1141,01,41,41,METSER67,I,00100,20240101000001,A,79,,00123,20240501000000,E61,,,23,KWH,,20240402000000,', '900'), 'reads.csv');
SELECT * FROM nem12_export_reads('{4010000001}', created => '2025-04-01 00:00', from_participant => 'MDP1', to_participant => 'Ret1');
SELECT * FROM nem12_export_reads('{4010000001}', from_date => '2024-04-02', to_date => '2024-05-01', created => '2025-04-01 00:00');
SELECT count(*) FROM nem12_export_reads('{4010000001}', as_of => '2025-04-01 00:00Z');

-- Load, export, load: what nem12_parse reads of the export is what is stored.
SELECT count(*) AS days, bool_and(e."values" = d."values" AND concat_ws(',', e.quality_method, e.reason_code, nullif(e.reason_description, '')) = d.quality AND coalesce(e.events, '') = d.events
    AND e.update_datetime IS NOT DISTINCT FROM d.update_datetime AND e.msats_load_datetime IS NOT DISTINCT FROM d.msats_load_datetime) AS same
FROM nem12_parse((SELECT convert_to(string_agg(r, E'\r\n' ORDER BY n) || E'\r\n', 'UTF8') FROM nem12_export('{4010000001}') WITH ORDINALITY AS x(r, n))) e
FULL JOIN (SELECT * FROM nem12_interval_days WHERE nmi = '4010000001') d USING (nmi, nmi_suffix, interval_date);

SAVEPOINT s;
SELECT * FROM nem12_export(from_date => '2025-03-02', to_date => '2025-03-01');
ROLLBACK TO s;
SELECT * FROM nem12_export_reads(from_date => '2025-03-02', to_date => '2025-03-01');
ROLLBACK TO s;
SELECT * FROM nem12_export('{4010000002}', from_participant => 'a company, ltd');
ROLLBACK TO s;
SELECT * FROM nem12_export('{4010000002}', to_participant => 'TWELVELETTER');
ROLLBACK TO s;
-- anyone may call nem12_day_records with anything
SELECT nem12_day_records(true, nmi, 'E1', '', 'E1', '', '', 'kWh', NULL, '2025-03-01', '{1}', quality, events, NULL, NULL, '')
FROM (VALUES (E'4010000001\n\n\n', 'A', '')) AS day(nmi, quality, events);
ROLLBACK TO s;
SELECT nem12_day_records(false, nmi, 'E1', '', 'E1', '', '', 'kWh', NULL, '2025-03-01', '{1}', quality, events, NULL, NULL, '')
FROM (VALUES ('4010000001', E'A,1,text\n\n\n', '')) AS day(nmi, quality, events);
ROLLBACK TO s;
SELECT nem12_day_records(true, '4010000001', 'E1', '', 'E1', '', E'\r', 'kWh', NULL, '2025-03-01', '{1}', 'A', E'1,1,A\n', NULL, NULL, E'\n\n');
ROLLBACK;

-- NEM13: accumulation reads under the rules of days.
SET client_min_messages = warning;
SELECT nem12_test.empty_store();

CREATE FUNCTION pg_temp.period(quantity text, previous text DEFAULT '20240101000000', "current" text DEFAULT '20240401000000', updated text DEFAULT '20240402000000',
                               quality text DEFAULT 'A', index_read text DEFAULT '00123')
RETURNS text LANGUAGE sql AS $$
    SELECT format('250,4001234567,1141,01,11,11,METSER66,E,00100,%s,A,,,%s,%s,%s,%s,%s,kWh,20240701,%s,', previous, index_read, "current",
                  quality, CASE quality WHEN 'A' THEN ',' ELSE '76,' END, quantity, updated)
$$;
SELECT * FROM nem12_load(nem12_test.mdff('100,NEM13,202404030000,MDA1,Ret1', pg_temp.period('1023.10'), '550,N,,A,', '550,N,X1,A,X2',
                                      pg_temp.period('0.5', '20240401000000', '20240701000000', quality => 'S57'), '900'), 'first.csv');
SELECT * FROM nem12_accumulation_reads ORDER BY previous_read_datetime;
SELECT version, readings, accumulation_reads, days_inserted FROM nem12_files;

-- newer, older, equal, twice in a file
SELECT accumulation_reads FROM nem12_load(nem12_test.mdff('100,NEM13,202404050000,MDA1,Ret1', pg_temp.period('1024'), '900'));
SELECT accumulation_reads FROM nem12_load(nem12_test.mdff('100,NEM13,202404040000,MDA1,Ret1', pg_temp.period('9', index_read => '00009'), '900'));
SELECT accumulation_reads FROM nem12_load(nem12_test.mdff('100,NEM13,202404060000,MDA1,Ret1', pg_temp.period('7', '20240401000000', '20240701000000'),
                                                       pg_temp.period('8', '20240401000000', '20240701000000'), '900'));
SELECT accumulation_reads FROM nem12_load(nem12_test.mdff('100,NEM13,202404050000,MDA1,Ret2', pg_temp.period('1024'), '900'));
SELECT nmi, previous_read_datetime, quantity, reason FROM nem12_staging_reads ORDER BY staging_id;
SELECT nem12_staging_depth();
SELECT * FROM nem12_merge_staging(1);
SELECT * FROM nem12_merge_staging();
SELECT previous_read_datetime, quantity, current_quality_method, b2b_details, line_no FROM nem12_accumulation_reads ORDER BY 1;
SELECT previous_read_datetime, quantity, outcome FROM nem12_superseded_reads ORDER BY 1, 2, 3;

-- a file twice
SELECT file_id, status, accumulation_reads FROM nem12_load(nem12_test.mdff('100,NEM13,202404050000,MDA1,Ret2', pg_temp.period('1024'), '900'));

-- a day and a period at once wait for the same merge
SELECT days_inserted FROM nem12_load(nem12_test.mdff('100,NEM12,202403010000,MDA1,Ret1', '200,4001234567,E1,1,E1,N1,METSER123,kWh,30,', nem12_test.day('20240101', '1'), '900'));
SELECT days_staged FROM nem12_load(nem12_test.mdff('100,NEM12,202403020000,MDA1,Ret1', '200,4001234567,E1,1,E1,N1,METSER123,kWh,30,', nem12_test.day('20240101', '2'), '900'));
SELECT accumulation_reads FROM nem12_load(nem12_test.mdff('100,NEM13,202404090000,MDA1,Ret1', pg_temp.period('1025'), '900'));
SELECT * FROM nem12_merge_staging();

-- safe mode
ALTER TABLE nem12_accumulation_reads ADD CONSTRAINT small CHECK (quantity < 5000);
SELECT accumulation_reads FROM nem12_load(nem12_test.mdff('100,NEM13,202404100000,MDA1,Ret1', pg_temp.period('6000', '20250101000000', '20250401000000'),
                                                       pg_temp.period('4000', '20250401000000', '20250701000000'), pg_temp.period('6001'), '900'), 'big.csv');
SELECT quantity, reason, sqlstate FROM nem12_staging_reads ORDER BY 1;
SELECT file_name, line_no, record_indicator, code, sqlstate, message FROM nem12_errors WHERE code = 'insert_failed';
SELECT * FROM nem12_merge_staging();
SELECT quantity, sqlstate, message FROM nem12_staging_reads ORDER BY 1;
ALTER TABLE nem12_accumulation_reads DROP CONSTRAINT small;
SELECT * FROM nem12_merge_staging();
SELECT previous_read_datetime, quantity FROM nem12_accumulation_reads ORDER BY 1;

-- refused
SELECT nem12_load(nem12_test.mdff('100,NEM13,202404030000,MDA1,Ret1', pg_temp.period('12,5'), '900'));
SELECT nem12_load(nem12_test.mdff('100,NEM13,202404030000,MDA1,Ret1', pg_temp.period('-5'), '900'));
SELECT accumulation_reads FROM nem12_load(nem12_test.mdff('100,NEM13,202404030000,MDA1,Ret1', pg_temp.period('-5', '20260101000000'), '900'), dialect => 'tolerant');
-- far more 550 records than a period can have
SELECT nem12_load(nem12_test.mdff(VARIADIC ARRAY['100,NEM13,202404030000,MDA1,Ret1', pg_temp.period('1', '20270101000000')] || array_fill('550,N,,A,'::text, ARRAY[20000]) || ARRAY['900']));
SELECT nem12_test.empty_store();

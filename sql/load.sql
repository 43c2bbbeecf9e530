-- nem12_load: what goes in, and where it stands afterwards.
SET client_min_messages = warning;
SELECT nem12_test.empty_store();

SELECT * FROM nem12_load(nem12_test.mdff(
    '100,NEM12,202403011200,MDA1,Ret1',
    '200,4001234567,E1B1,1,E1,N1,METSER123,kWh,30,20240601',
    nem12_test.day('20240130', '1.5'),
    nem12_test.day('20240131', '2.25'),
    nem12_test.day('20240201', '0'),
    '500,O,S01009,20240201000000,120.5',
    '200,4001234567,E1B1,2,B1,N1,METSER123,kWh,5,20240601',
    nem12_test.day('20240130', '0.001', 5, quality => 'V,,'),
    '400,1,100,A,,',
    '400,101,288,S52,76,storm in Ñandú street',
    '900'), 'first.csv');

SELECT nmi, nmi_suffix, interval_date, line_no, file_id, update_datetime, msats_load_datetime, quality, events,
       nem12_count("values"), nem12_sum("values")
FROM nem12_interval_days ORDER BY nmi, nmi_suffix, interval_date;
SELECT nmi, nmi_suffix, interval_length, uom, nmi_configuration, register_id, mdm_data_stream, meter_serial, next_scheduled_read
FROM nem12_channel_details ORDER BY 1, 2;
SELECT count(*) FROM nem12_interval_days d JOIN nem12_channel_details c USING (nmi, nmi_suffix, details_id);
SELECT * FROM nem12_b2b_details;
SELECT file_id, file_name, version, file_creation_date, from_participant, to_participant, dialect, bytes, days_inserted,
       days_staged, readings, accumulation_reads, skipped_records, generation, length(sha256)
FROM nem12_files;

-- the months were made
SELECT inhrelid::regclass AS partition, pg_get_expr(relpartbound, c.oid) AS bounds,
       (SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = c.oid AND contype = 'p') AS key
FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
WHERE inhparent = 'nem12_interval_days'::regclass AND inhrelid::regclass::text ~ '2024_0[12]$' ORDER BY 1;
-- and are no members of the extension
SELECT count(*) FROM pg_depend WHERE deptype = 'e' AND objid::regclass::text ~ '^nem12_interval_days_' AND classid = 'pg_class'::regclass;
SELECT nem12_prepare_months('{2024-02-29,2031-05-05,2031-05-06,2031-06-01,NULL}');
SELECT nem12_prepare_months('{2031-06-30}');
SELECT nem12_prepare_months('{infinity}');
SELECT nem12_prepare_months('{9999-12-01}');
DROP TABLE nem12_interval_days_2031_05;
ALTER TABLE nem12_interval_days DETACH PARTITION nem12_interval_days_2031_06;
SELECT nem12_prepare_months('{2031-05-05}');
SELECT nem12_prepare_months('{2031-06-05}');
DROP TABLE nem12_interval_days_2031_05, nem12_interval_days_2031_06;

-- the same channel says something else from some day on: other details, the days keep theirs
SELECT * FROM nem12_load(nem12_test.mdff(
    '100,NEM12,202403021200,MDA1,Ret1',
    '200,4001234567,E1B1,1,E1,N1,METSER124,kWh,30,20240601',
    nem12_test.day('20240202', '1'),
    '200,4001234567,E1B1,1,E1,N1,METSER123,kWh,30,20240601',
    nem12_test.day('20240203', '1'),
    '900'));
SELECT interval_date, meter_serial FROM nem12_interval_days JOIN nem12_channel_details USING (nmi, nmi_suffix, details_id)
WHERE nmi_suffix = 'E1' ORDER BY 1;
SELECT count(*) FROM nem12_channel_details;

-- a number that other content has: the next one is taken, also after a reconnect and from several channels of one file
CREATE TABLE taken AS SELECT * FROM nem12_channel_details;
SELECT nem12_test.empty_store();
INSERT INTO nem12_channel_details
SELECT nmi, nmi_suffix, details_id, interval_length, uom, nmi_configuration, register_id, mdm_data_stream, 'OTHER', next_scheduled_read
FROM taken;
\c -
SELECT days_inserted FROM nem12_load(nem12_test.mdff(
    '100,NEM12,202403021200,MDA1,Ret1',
    '200,4001234567,E1B1,1,E1,N1,METSER124,kWh,30,20240601',
    '300,20240202' || repeat(',1', 48) || ',A,,,20240301000000,',
    '200,4001234567,E1B1,1,E1,N1,METSER123,kWh,30,20240601',
    '300,20240203' || repeat(',1', 48) || ',A,,,20240301000000,',
    '200,4001234567,E1B1,1,E1,N1,METSER124,kWh,30,20240601',
    '300,20240204' || repeat(',1', 48) || ',A,,,20240301000000,',
    '900'));
SELECT interval_date, meter_serial, d.details_id = t.details_id + 1 AS is_next
FROM nem12_interval_days d JOIN nem12_channel_details c USING (nmi, nmi_suffix, details_id) JOIN taken t USING (nmi, nmi_suffix, meter_serial)
ORDER BY 1;
SELECT days_inserted FROM nem12_load(nem12_test.mdff(
    '100,NEM12,202403021200,MDA1,Ret1',
    '200,4001234567,E1B1,1,E1,N1,METSER124,kWh,30,20240601',
    '300,20240205' || repeat(',1', 48) || ',A,,,20240301000000,',
    '900'));
SELECT meter_serial FROM nem12_interval_days JOIN nem12_channel_details USING (nmi, nmi_suffix, details_id) WHERE interval_date = '2024-02-05';
DROP TABLE taken;

-- who may do what
CREATE ROLE nem12_test_nobody;
-- nem12_validate looks at the clock, for files from the future; it changes nothing.
SELECT p.proname FROM pg_proc p JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e'
WHERE d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'nem12') AND p.provolatile <> 'i'
  AND has_function_privilege('nem12_test_nobody', p.oid, 'EXECUTE') ORDER BY 1;
SELECT p.proname FROM pg_proc p JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e'
WHERE d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'nem12') AND p.prosecdef
  AND NOT coalesce(array_to_string(p.proconfig, ' ') ~ 'search_path=\S+, pg_temp', false) ORDER BY 1;
-- EXECUTE is all a loader needs; what stands in its own schema, even temporary, is not looked at
GRANT EXECUTE ON FUNCTION nem12_load(bytea, text, text, text) TO nem12_test_nobody;
SET ROLE nem12_test_nobody;
CREATE TEMP TABLE nem12_files (file_id bigint, sha256 bytea);
CREATE TEMP TABLE nem12_interval_days (nmi text);
SELECT days_inserted FROM nem12_load(convert_to(concat_ws(E'\r\n', '100,NEM12,202403021200,MDA1,Ret1',
    '200,4001234567,E1B1,1,E1,N1,METSER124,kWh,30,20240601', '300,20250205' || repeat(',1', 48) || ',A,,,20240301000000,', '900', ''), 'UTF8'));
SELECT count(*) FROM public.nem12_interval_days;
SELECT * FROM nem12_merge_staging();
RESET ROLE;
DROP TABLE pg_temp.nem12_files, pg_temp.nem12_interval_days;
SELECT tableowner = current_user AS made_for_the_owner FROM pg_tables WHERE tablename = 'nem12_interval_days_2025_02';
DROP OWNED BY nem12_test_nobody;
DROP ROLE nem12_test_nobody;
SELECT nem12_test.empty_store();

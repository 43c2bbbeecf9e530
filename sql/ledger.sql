-- The ledger and what the loader asks beside loading.
SET client_min_messages = warning;
SELECT nem12_test.empty_store();

CREATE TABLE content AS SELECT nem12_test.mdff('100,NEM12,202403010000,MDA1,Ret1', '200,4001234567,E1,1,E1,N1,METSER123,kWh,30,', nem12_test.day('20240101', '1'), '900') AS bytes;
SELECT nem12_file_loaded(sha256(bytes)) FROM content;
SELECT n.* FROM content, nem12_load(bytes, 'one.csv') n;
SELECT nem12_file_loaded(sha256(bytes)) FROM content;
-- the same bytes again, under whatever name: nothing happens
SELECT n.* FROM content, nem12_load(bytes, 'other.csv') n;
SELECT n.* FROM content, nem12_load(bytes, on_invalid => 'skip', dialect => 'tolerant') n;
SELECT count(*), min(file_name), nem12_staging_depth() FROM nem12_files;
-- loaded, merged away by a newer file, sent again: still known
SELECT days_staged FROM nem12_load(nem12_test.mdff('100,NEM12,202403020000,MDA1,Ret1', '200,4001234567,E1,1,E1,N1,METSER123,kWh,30,', nem12_test.day('20240101', '2'), '900'));
SELECT * FROM nem12_merge_staging();
SELECT n.status FROM content, nem12_load(bytes, 'one.csv') n;
-- a load that was rolled back is not known
BEGIN;
SELECT days_staged FROM nem12_load(nem12_test.mdff('100,NEM12,202403030000,MDA1,Ret1', '200,4001234567,E1,1,E1,N1,METSER123,kWh,30,', nem12_test.day('20240101', '3'), '900'));
ROLLBACK;
SELECT count(*) FROM nem12_files;
-- a file without a header has no creation time
SELECT days_inserted FROM nem12_load(nem12_test.mdff('200,4001234567,E1,1,E1,N1,METSER123,kWh,30,', nem12_test.day('20240105', '2'), '900'), dialect => 'tolerant');
SELECT version, file_creation_date, from_participant, dialect, days_inserted FROM nem12_files ORDER BY file_id DESC LIMIT 1;
-- several blocks have that of the oldest, and none when that of one is lost, missing or unreadable: days would borrow a newer one
CREATE FUNCTION pg_temp.block(header text, date text) RETURNS text[] LANGUAGE sql AS $$
    SELECT array_remove(ARRAY[header, '200,4001234568,E1,1,E1,N1,METSER123,kWh,30,', nem12_test.day(date, '1'), '900'], '')
$$;
BEGIN;
CREATE TEMP TABLE tried AS
SELECT first, second, n.file_id
FROM (VALUES ('100,NEM12,202403010000,MDA1,Ret1', '100,NEM12,202402010000,MDA1,Ret1'), ('100,NEM12,202403010000,MDA1,Ret1', ''),
             ('100,NEM12,202403010000,MDA1,Ret1', '100,NEM12,2.02402E+11,MDA1,Ret1'), ('', '100,NEM12,202403010000,MDA1,Ret1')) AS blocks(first, second),
    nem12_load(nem12_test.mdff(VARIADIC pg_temp.block(first, '20240105') || pg_temp.block(second, '20240106')), dialect => 'tolerant') n;
SELECT first, second, file_creation_date FROM tried JOIN nem12_files USING (file_id) ORDER BY file_id;
ROLLBACK;
-- several in one transaction, and from one statement
BEGIN;
SELECT sum(n.readings), count(*), count(DISTINCT n.file_id) FROM generate_series(1, 20) i,
    nem12_load(nem12_test.mdff('100,NEM12,202403010000,MDA1,Ret1', '200,4001234567,E1,1,E1,N1,METSER123,kWh,30,', nem12_test.day(to_char(date '2024-03-01' + i, 'YYYYMMDD'), '1'), '900')) n;
COMMIT;

SELECT nem12_report_findings('refused.csv', sha256(''), '[{"line": 3, "record": 300, "field": 4, "severity": "error", "code": "value_negative", "sqlstate": "NM007", "message": "m", "text": "-1"},
                                                          {"line": 4, "record": 0, "field": -1, "severity": "warning", "code": "blank_line"}, {}]');
SELECT file_name, sha256 = sha256('') AS sha256, file_id, line_no, record_indicator, field, severity, code, sqlstate, message, raw_text, resolved FROM nem12_errors ORDER BY error_id;
SELECT nem12_report_findings('refused.csv', NULL, '[]');
SELECT nem12_report_findings('refused.csv', NULL, '{"line": 3}');
SELECT nem12_ping_write();
SELECT nem12_ping_write();
SELECT id, written_at > now() - interval '1 minute' AS fresh FROM nem12_canary;
SELECT nem12_staging_depth();
DROP TABLE content;
SELECT nem12_test.empty_store();

-- What nem12_errors is told: by the loader about refused files, by a load that skips, and how far ahead a file may be dated.
SET client_min_messages = warning;
TRUNCATE nem12_files, nem12_channel_details, nem12_interval_days, nem12_staging_days, nem12_superseded_days,
         nem12_b2b_details, nem12_accumulation_reads, nem12_staging_reads, nem12_superseded_reads, nem12_errors
RESTART IDENTITY;
CREATE VIEW pg_temp.findings AS
    SELECT error_id, file_name, file_id IS NOT NULL AS loaded, from_participant AS "from", to_participant AS "to", line_no, record_indicator AS record,
           field, severity, code, resolved FROM nem12_errors ORDER BY error_id;

-- the loader: in the order it gives them, with the sender; no line 0, no record 0
SELECT nem12_report_findings('a.csv', sha256('a'), '[{"line": 3, "record": 300, "field": 4, "code": "value_negative", "message": "m"},
    {"line": 0, "record": 0, "field": -1, "code": "refused_by_server", "message": "m"},
    {"line": 3, "record": 300, "field": 4, "severity": "warning", "code": "value_negative"}]', 'MDA1', 'Ret1');
SELECT * FROM pg_temp.findings;
-- the same bytes under another name: nothing new, but what is new
SELECT nem12_report_findings('b.csv', sha256('a'), '[{"line": 3, "record": 300, "field": 4, "code": "value_negative"}, {"code": "refused_by_server"}]', 'MDA1', 'Ret1');
SELECT nem12_report_findings('b.csv', sha256('a'), '[{"line": 3, "record": 300, "field": 5, "code": "value_negative"}, {"code": "refused_by_server"}]');
-- other bytes, or bytes nobody knows
SELECT nem12_report_findings('c.csv', sha256('c'), '[{"code": "refused_by_server"}]');
SELECT nem12_report_findings('c.csv', NULL, '[{"code": "refused_by_server"}]'), nem12_report_findings('c.csv', NULL, '[{"code": "refused_by_server"}]');
-- resolved, and sent again all the same
UPDATE nem12_errors SET resolved = true WHERE line_no = 3;
SELECT nem12_report_findings('d.csv', sha256('a'), '[{"line": 3, "record": 300, "field": 4, "code": "value_negative"}]');
SELECT * FROM pg_temp.findings WHERE error_id > 3;
TRUNCATE nem12_errors RESTART IDENTITY;

-- a load that skips names the sender
CREATE TABLE pg_temp.content AS SELECT nem12_test.mdff('100,NEM12,202403010000,MDA1,Ret1', '200,4001234567,E1,1,E1,N1,METSER123,kWh,30,',
    nem12_test.day('20240101', '1'), nem12_test.day('20240102', 'x'), nem12_test.day('20240103', '1'), '900') AS bytes;
-- and what was told when the same bytes were refused is not told again: it is this load's now
SELECT nem12_report_findings('refused.csv', sha256(bytes), (SELECT jsonb_agg(jsonb_build_object('line', line_no, 'record', record_indicator,
    'field', field, 'severity', severity, 'code', code)) FROM nem12_validate(bytes) WHERE field < 10), 'MDA1', 'Ret1') FROM pg_temp.content;
SELECT status, days_inserted, skipped_records FROM pg_temp.content, nem12_load(bytes, 'skipped.csv', 'skip');
SELECT file_name, loaded, count(*), min("from") AS "from", min("to") AS "to", min(line_no) AS line_no, min(code) AS code FROM pg_temp.findings GROUP BY 1, 2 ORDER BY 1;
-- gone from the ledger and loaded again
DELETE FROM nem12_interval_days;
DELETE FROM nem12_files;
SELECT status, days_inserted, skipped_records FROM pg_temp.content, nem12_load(bytes, 'again.csv', 'skip');
SELECT count(*), bool_and(file_id = (SELECT file_id FROM nem12_files)) FROM nem12_errors;
SELECT status FROM pg_temp.content, nem12_load(bytes, 'again.csv', 'skip');
SELECT count(*) FROM nem12_errors;

-- how far ahead a file may be dated, for loading and looking alike
CREATE FUNCTION pg_temp.ahead(hours integer) RETURNS bytea LANGUAGE sql AS $$
    SELECT nem12_test.mdff('100,NEM12,' || to_char(now() AT TIME ZONE 'UTC' + interval '10 h' + hours * interval '1 h', 'YYYYMMDDHH24MI') || ',MDA1,Ret1',
                        '200,4001234567,E1,1,E1,N1,METSER123,kWh,30,', nem12_test.day('20240201', '1'), '900')
$$;
SHOW nem12.max_future_hours;
SELECT code FROM nem12_validate(pg_temp.ahead(366 * 24 - 1));
SELECT code FROM nem12_validate(pg_temp.ahead(366 * 24 + 1));
SET nem12.max_future_hours = 24;
SELECT code FROM nem12_validate(pg_temp.ahead(25));
\set VERBOSITY sqlstate
SELECT status FROM nem12_load(pg_temp.ahead(25));
SET nem12.max_future_hours = 0;
SELECT code FROM nem12_validate(pg_temp.ahead(100000));
SELECT status FROM nem12_load(pg_temp.ahead(100000));
SET nem12.max_future_hours = -1;
RESET nem12.max_future_hours;
TRUNCATE nem12_files, nem12_channel_details, nem12_interval_days, nem12_staging_days, nem12_errors RESTART IDENTITY;

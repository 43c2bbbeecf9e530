-- meter_readings and staging_meter_readings: one row per reading.
SET datestyle = ISO;
BEGIN;
DO $$ BEGIN PERFORM nem12_prepare_months('{2025-03-01,2025-04-01}'); END $$;
INSERT INTO nem12_files (file_id, sha256, file_name, version, file_creation_date, dialect, bytes, loaded_at)
VALUES (-1, sha256('one'), 'one.csv', 'NEM12', '2025-03-05 01:02', 'strict', 1, '2025-03-05 02:00+10'),
       (-2, sha256('two'), 'two.csv', 'NEM12', NULL, 'tolerant', 1, '2025-03-06 00:00+10');
INSERT INTO nem12_channel_details VALUES ('QAAAVZZZZZ', 'E1', 7, 360, 'kWh', 'E1B1', '1', 'N1', 'METER1', NULL),
                                         ('QAAAVZZZZZ', 'B1', 8, 360, 'kWh', 'E1B1', '2', 'N1', 'METER2', NULL);
INSERT INTO nem12_interval_days (nmi, nmi_suffix, interval_date, line_no, file_id, details_id, quality, events, "values") VALUES
    ('QAAAVZZZZZ', 'E1', '2025-03-31', 3, -1, 7, 'A', '', '{0.1,0.25,0,12.5}'),
    ('QAAAVZZZZZ', 'E1', '2025-04-01', 4, -1, 7, 'V', E'1,2,S52,76\n3,3,F14,0,by hand, as read\n4,4,A', '{0.1,0.25,0,12.5}'),
    ('QAAAVZZZZZ', 'B1', '2025-03-31', 6, -1, 8, 'S14,54', '', '{1,2}'),
    ('QAAAVZZZZZ', 'B1', '2025-04-01', 7, -2, 9, 'E52', '2,2,N', '{-1,2}');
INSERT INTO nem12_staging_days (nmi, nmi_suffix, interval_date, line_no, file_id, details_id, quality, events, "values", reason, staged_at)
VALUES ('QAAAVZZZZZ', 'E1', '2025-03-31', 3, -2, 7, 'F52,76', '', '{9,8,7,6}', 'day_exists', '2025-03-06 00:00+10');

\d+ meter_readings
\d staging_meter_readings
SELECT * FROM meter_readings ORDER BY nmi_suffix DESC, "timestamp";
SELECT "timestamp", consumption, quality_method, reason_code, file_creation_date, file_id, reason, sqlstate, staged_at = '2025-03-06 00:00+10' AS staged_at
FROM staging_meter_readings ORDER BY "timestamp";

-- A day is from midnight to midnight, and a reading is where its interval starts.
SELECT "timestamp", interval_end FROM meter_readings WHERE nmi_suffix = 'E1' AND "timestamp" >= '2025-03-31 18:00' AND "timestamp" < '2025-04-01 06:00:01' ORDER BY 1;

-- A reading found by its time is the one it is among all of its day, quality included.
SELECT count(*) AS times, count(DISTINCT alone) AS different, count(*) FILTER (WHERE alone IS DISTINCT FROM among) AS wrong FROM (
    SELECT (SELECT string_agg(concat_ws(' ', nmi_suffix, "timestamp", consumption, quality_method, reason_code, reason_description), ',' ORDER BY nmi_suffix)
            FROM meter_readings WHERE "timestamp" >= t."timestamp" AND "timestamp" < t.interval_end) AS alone,
           (SELECT string_agg(concat_ws(' ', nmi_suffix, "timestamp", consumption, quality_method, reason_code, reason_description), ',' ORDER BY nmi_suffix)
            FROM (SELECT * FROM meter_readings OFFSET 0) m WHERE "timestamp" >= t."timestamp" AND "timestamp" < t.interval_end) AS among
    FROM (SELECT DISTINCT "timestamp", interval_end FROM meter_readings) t) AS found;

-- Some columns, no columns, the whole row, an ordinal: every way the readings may be asked for.
SELECT count(*), sum(consumption), max(reason_description) FROM meter_readings;
SELECT r FROM nem12_interval_days d, nem12_day_readings(interval_date, "values", quality, events) r WHERE nmi_suffix = 'B1' ORDER BY 1;
SELECT n, consumption FROM nem12_day_readings('2025-03-01', '{5,6,7}', 'A', '') WITH ORDINALITY AS r(t, e, consumption, l, q, c, d, i, n);
SELECT nem12_day_readings('2025-03-01', '{5,6}', 'A', '');
SELECT consumption + interval_length FROM nem12_day_readings('2025-03-01', '{5,6}', 'A', '') WHERE quality_method || 'x' = 'Ax' AND reason_code IS NULL;
SELECT count(*) FROM nem12_day_readings(NULL, '{5,6}', 'A', '');
SELECT d, r.* FROM (VALUES (date '2025-03-01', '{5,6}'::nem12_values), (NULL, '{1}'), ('2025-03-02', NULL), ('2025-03-03', '{7}')) x(d, v)
    LEFT JOIN LATERAL nem12_day_readings(d, v, 'A', '') r ON true;
SELECT m.consumption FROM meter_readings m WHERE nmi_suffix = 'B1' ORDER BY "timestamp" LIMIT 1;
UPDATE nem12_files SET file_name = file_name || m.consumption FROM meter_readings m WHERE m.file_id = nem12_files.file_id AND m."timestamp" = '2025-03-31 12:00'
    AND nmi_suffix = 'B1' RETURNING file_name;
SELECT r.consumption FROM nem12_interval_days d, nem12_day_readings(interval_date, "values", quality, events) r
WHERE d.nmi_suffix = 'B1' AND r."timestamp" = '2025-03-31' FOR UPDATE OF d;

-- Rescans, early ends, scrolling.
SELECT n, (SELECT string_agg(consumption::text, ' ') FROM nem12_day_readings('2025-03-01', (repeat('{' || n, 1) || ',2,3}')::nem12_values, 'A', '')) AS day
FROM generate_series(1, 3) n;
SELECT n, (SELECT max("timestamp") FROM nem12_day_readings(date '2025-03-01' + n, '{1,2}', 'A', '')) FROM generate_series(1, 2) n;
SELECT nmi_suffix FROM nem12_interval_days d WHERE EXISTS (SELECT FROM nem12_day_readings(interval_date, "values", quality, events) WHERE consumption > 10) ORDER BY 1;
DECLARE c SCROLL CURSOR FOR SELECT consumption FROM nem12_day_readings('2025-03-01', '{1,2,3}', 'A', '');
FETCH 2 FROM c;
FETCH BACKWARD 1 FROM c;
FETCH LAST FROM c;
FETCH ABSOLUTE 1 FROM c;
CLOSE c;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT sum(consumption) FROM meter_readings WHERE "timestamp" < '2025-04-01';
SELECT sum(consumption), count(quality_method) FROM meter_readings WHERE "timestamp" < '2025-04-01';
SET LOCAL max_parallel_workers_per_gather = 0;

-- The scan and the plain function give the same.
SELECT count(*) FROM (
    SELECT d.nmi_suffix, r.* FROM nem12_interval_days d, nem12_day_readings(interval_date, "values", quality, events) r
    EXCEPT ALL
    SELECT d.nmi_suffix, t, e, c, l, q, rc, rd, i FROM nem12_interval_days d, nem12_day_readings(interval_date, "values", quality, events)
        WITH ORDINALITY AS r(t, e, c, l, q, rc, rd, i, n)) AS difference;

-- What no day can be.
SAVEPOINT s;
SELECT * FROM nem12_day_readings('infinity', '{5}', 'A', '');
ROLLBACK TO s;
SELECT * FROM nem12_day_readings('294276-12-31', '{5}', 'A', '');
ROLLBACK TO s;
SELECT "timestamp", interval_end FROM nem12_day_readings('294276-12-30', '{5}', 'A', '');
SELECT "timestamp", interval_end FROM nem12_day_readings('4714-11-24 BC', '{5}', 'A', '');
SELECT * FROM nem12_day_readings('2025-03-01', '{5,5,5,5,5,5,5}', 'A', '');
ROLLBACK TO s;
SELECT * FROM nem12_day_readings('2025-03-01', '{5,5}', 'not a quality', '');
ROLLBACK TO s;
SELECT * FROM nem12_day_readings('2025-03-01', '{5,5}', 'V', 'not an event');
ROLLBACK TO s;
SELECT consumption, quality_method FROM nem12_day_readings('2025-03-01', '{5,5}', 'A', '7,9,S52');
ROLLBACK;

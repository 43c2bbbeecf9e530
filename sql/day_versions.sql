-- The versions of days: what there is, what was known at a moment, what a re-delivery changed.
SET datestyle = ISO;
SET timezone = 'UTC';
CREATE FUNCTION pg_temp.file(created text, days text) RETURNS bytea LANGUAGE sql AS $$
    SELECT convert_to(concat_ws(E'\r\n', '100,NEM12,' || created || ',MDP1,Ret1', '200,4007000001,E1B1,1,E1,N1,METER1,KWH,30,20250601', days, '900', ''), 'UTF8')
$$;
CREATE FUNCTION pg_temp.day(date text, quality text, VARIADIC runs text[]) RETURNS text LANGUAGE sql AS $$ -- runs: value x times
    SELECT '300,' || date || ',' || string_agg(array_to_string(array_fill(split_part(r, 'x', 1), ARRAY[split_part(r, 'x', 2)::integer]), ','), ',' ORDER BY n) || ',' || quality || ',,20250301040506,'
    FROM unnest(runs) WITH ORDINALITY AS u(r, n)
$$;
BEGIN;
-- Four files; the second arrives last but was created before the first, the third brings another quality, the fourth is staged still.
DO $$ BEGIN PERFORM nem12_load(pg_temp.file('202503050000', pg_temp.day('20250301', 'A,', '1x48') || E'\r\n500,O,S1,20250301103000,000123\r\n' || pg_temp.day('20250302', 'A,', '1x48')), 'first.csv'); END $$;
DO $$ BEGIN PERFORM nem12_load(pg_temp.file('202503060000', pg_temp.day('20250301', 'S52,76', '1x24', '2.5x24')), 'third.csv'); END $$;
DO $$ BEGIN PERFORM nem12_merge_staging(); END $$;
DO $$ BEGIN PERFORM nem12_load(pg_temp.file('202503040000', pg_temp.day('20250301', 'A,', '7x48')), 'second.csv'); END $$;
DO $$ BEGIN PERFORM nem12_merge_staging(); END $$;
DO $$ BEGIN PERFORM nem12_load(pg_temp.file('202503070000', pg_temp.day('20250302', 'A,', '9x48')), 'fourth.csv'); END $$;
UPDATE nem12_files SET loaded_at = CASE file_name WHEN 'first.csv' THEN '2025-03-05 12:00Z' WHEN 'third.csv' THEN '2025-03-06 12:00Z' WHEN 'second.csv' THEN '2025-03-08 12:00Z'
    ELSE '2025-03-09 12:00Z' END::timestamptz WHERE file_name ~ 'first|second|third|fourth';
SELECT interval_date, status, file_name, file_creation_date, loaded_at, outcome, won_by_file_id - file_id AS won_by, was_current, nem12_sum("values"), uom, uom_as_written, meter_serial, b2b_details
FROM nem12_day_versions WHERE nmi = '4007000001' ORDER BY interval_date, file_creation_date;

-- As of a moment, to the end of it.
SELECT as_of, interval_date, file_name, status, nem12_sum("values")
FROM unnest('{2025-03-05 11:59:59Z,2025-03-05 12:00Z,2025-03-06 12:00Z,2025-03-08 12:00Z,2025-03-09 12:00Z,infinity}'::timestamptz[]) WITH ORDINALITY AS t(as_of, n)
CROSS JOIN LATERAL nem12_days_as_of(as_of) WHERE nmi = '4007000001' ORDER BY n, interval_date;
SELECT count(*) FROM nem12_days_as_of(NULL);
SELECT "timestamp", consumption, quality_method, reason_code, uom, flow, file_creation_date, loaded_at, "time"
FROM nem12_readings_as_of('4007000001', '2025-03-01 11:30', '2025-03-01 12:30', '2025-03-06 13:00+00') ORDER BY 1;
SELECT "timestamp", consumption, quality_method FROM nem12_readings_as_of('4007000001', '2025-03-01 23:30', '2025-03-02 00:30', '2025-03-05 13:00+00') ORDER BY 1;
SELECT count(*), sum(consumption) FROM nem12_readings_as_of('4007000001', NULL, NULL, 'infinity');
SELECT count(*) FROM nem12_readings_as_of('4007000002', NULL, NULL, 'infinity');
-- The order of versions is the setting's.
UPDATE nem12_superseded_days SET update_datetime = '2025-04-01' WHERE nmi = '4007000001' AND file_id = (SELECT file_id FROM nem12_files WHERE file_name = 'second.csv');
SET LOCAL nem12.version_order = 'update_datetime';
SELECT interval_date, file_name FROM nem12_days_as_of('infinity') WHERE nmi = '4007000001' ORDER BY 1;
RESET nem12.version_order;

-- What changed, reading by reading: the first delivery of half a day; then 30 to 5 minutes.
SELECT "timestamp", old_consumption, new_consumption, old_quality_method, new_quality_method, new_file_id - old_file_id AS files, changed_at > '2025-03-10' AS now
FROM nem12_reading_changes('2025-03-01', '2025-03-01') WHERE "timestamp" >= '2025-03-01 11:00' AND "timestamp" < '2025-03-01 13:00' ORDER BY 1;
SELECT count(*) FROM nem12_reading_changes('2025-03-01', '2025-03-01', '{4007000001}');
SELECT count(*) FROM nem12_reading_changes('2025-03-01', '2025-03-01', '{4007000002}');
SELECT count(*) FROM nem12_reading_changes('2025-03-02', NULL, '{4007000001}');
DO $$ BEGIN PERFORM nem12_load(convert_to(replace(convert_from(pg_temp.file('202503080000', pg_temp.day('20250302', 'A,', '9x2', '1x286')), 'UTF8'), 'KWH,30', 'KWH,5'), 'UTF8'), 'five.csv'); END $$;
DO $$ BEGIN PERFORM nem12_merge_staging(); END $$;
SELECT "timestamp", old_consumption, new_consumption FROM nem12_reading_changes('2025-03-02', '2025-03-02', '{4007000001}') WHERE "timestamp" < '2025-03-02 01:00' ORDER BY 1;

-- Plans: the store is looked at by its key, and one month of it.
SET LOCAL enable_seqscan = off;
SET LOCAL enable_bitmapscan = off;
CREATE FUNCTION pg_temp.scans(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
        IF line ~ 'Scan|Cond' THEN
            RETURN NEXT btrim(line);
        END IF;
    END LOOP;
END $$;
-- sorted: the order of a join's tables is the planner's affair, and differs between versions
SELECT line, count(*) FROM (SELECT regexp_replace(s, ' d(_[0-9]+)?$', '') AS line FROM pg_temp.scans($$SELECT "values" FROM nem12_days_as_of('2025-03-05') WHERE nmi = '4007000001' AND interval_date BETWEEN '2025-03-01' AND '2025-03-31'$$) AS s WHERE s !~ 'nem12_files_pkey|nem12_channel_details_pkey|file_id|details_id|d_3.nmi' AND (s !~ 'interval_days_' OR s ~ '2025_03') AND s !~ 'Index Only') AS lines GROUP BY line ORDER BY line COLLATE "C";
SAVEPOINT s;
SELECT count(*) FROM nem12_readings_as_of('4007000001', '2025-03-02', '2025-03-01', 'infinity');
ROLLBACK TO s;
SELECT count(*) FROM nem12_readings_as_of('4007000001', '2025-03-01', '2025-03-02', NULL);
ROLLBACK TO s;
SELECT count(*) FROM nem12_reading_changes('2025-03-02', '2025-03-01');
ROLLBACK;

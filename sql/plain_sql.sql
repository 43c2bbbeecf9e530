-- Queries over readings that only aggregate them are answered from buckets of a day; the newest reading needs a day. What is
-- recognised, what is refused, and that the answers are the same.
SET datestyle = ISO;
-- In a session that has not used the extension yet.
EXPLAIN (COSTS OFF) SELECT sum(consumption) FROM staging_meter_readings;
BEGIN;
DO $$ BEGIN PERFORM nem12_prepare_months('{2025-03-01,2025-04-01,2025-05-01}'); END $$;
INSERT INTO nem12_channel_details
SELECT (4000000000 + n)::text, suffix, 1, 60, CASE n % 2 WHEN 0 THEN 'KWH' ELSE 'kVArh' END, 'B1E1', '1', 'N1', 'M1', NULL
FROM generate_series(1, 8) n, unnest('{B1,E1}'::text[]) suffix;
INSERT INTO nem12_interval_days (nmi, nmi_suffix, interval_date, line_no, file_id, details_id, quality, events, "values")
SELECT (4000000000 + n)::text, suffix, date '2025-03-01' + d, 1, 1, 1, CASE d % 7 WHEN 3 THEN 'V' ELSE 'A' END,
       CASE d % 7 WHEN 3 THEN E'1,10,S52,76\n11,24,A' ELSE '' END,
       (SELECT array_agg(((i * 7 + d * 13 + n) % 2500 - 20) / 1000.0) FROM generate_series(1, 24) i)::numeric[]::nem12_values
FROM generate_series(1, 8) AS n, unnest('{B1,E1}'::text[]) AS suffix, generate_series(0, 91) AS d;
CREATE TABLE sites (nmi text, region text, opened timestamp);
INSERT INTO sites VALUES ('4000000001', 'north', '2025-03-10'), ('4000000002', 'south', '2025-04-10 12:00'), ('4000000002', 'twice', NULL);
ANALYZE nem12_interval_days, nem12_channel_details, sites;
SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL timezone = 'Australia/Sydney';

-- How a query is answered: by buckets of what length, split by quality, with days added up; or by its readings.
CREATE FUNCTION pg_temp.way(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    line text;
    found text[] := '{}';
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
        found := found || (regexp_match(line, '^ *(Buckets: .*|Order: .*)$'))[1];
    END LOOP;
    RETURN coalesce(nullif(array_to_string(found, '; '), ''), 'readings');
END $$;
-- The answer as one text, and whether it is the same without.
CREATE FUNCTION pg_temp.answer(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE format('SELECT string_agg(q::text, E''\n'' ORDER BY q::text COLLATE "C") FROM (%s) q', query) INTO answer;
    RETURN answer;
END $$;
CREATE FUNCTION pg_temp.both(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    combined text := pg_temp.answer(query);
    plain text;
BEGIN
    SET LOCAL nem12.combine_readings = off;
    plain := pg_temp.answer(query);
    SET LOCAL nem12.combine_readings = on;
    RETURN CASE WHEN combined IS DISTINCT FROM plain THEN format('WRONG: %s instead of %s', combined, plain) ELSE 'same' END;
END $$;
CREATE VIEW pg_temp.imports AS SELECT nmi AS meter, "timestamp" AS at, consumption AS used, quality_method FROM meter_readings WHERE nmi_suffix = 'E1';
CREATE VIEW pg_temp.sites_imports AS SELECT region, i.* FROM sites s JOIN imports i ON i.meter = s.nmi;
CREATE TEMP TABLE asked (n serial, query text);
INSERT INTO asked (query) VALUES
-- aggregates
('SELECT sum(consumption), count(*), count(consumption), min(consumption), max(consumption), avg(consumption) FROM meter_readings'),
('SELECT count(*) FROM meter_readings'),
('SELECT sum(consumption) FROM meter_readings WHERE nmi = ''nobody'''),
('SELECT count(*), avg(consumption) FROM meter_readings WHERE "timestamp" >= NULL::timestamp'),
('SELECT sum(consumption * 2), sum(-consumption), avg(consumption * 0.25), sum(consumption) / 1000 FROM meter_readings'),
('SELECT sum(CASE WHEN extract(isodow FROM "timestamp") < 6 AND extract(hour FROM "timestamp") BETWEEN 7 AND 20 THEN consumption * 0.3125 ELSE consumption * 0.1 END) FROM meter_readings'),
('SELECT sum(consumption) FILTER (WHERE "timestamp" < ''2025-04-01''), sum(consumption) FILTER (WHERE quality_method = ''A'') FROM meter_readings'),
('SELECT count(reason_code), count(DISTINCT quality_method), max(nmi) FROM meter_readings'),
('SELECT nmi, sum(consumption) FROM meter_readings GROUP BY nmi HAVING count(*) > 100 AND min(consumption) < 0'),
('SELECT DISTINCT nmi_suffix, "timestamp"::date FROM meter_readings'),
('SELECT nmi FROM meter_readings GROUP BY nmi'),
('SELECT nmi, sum(consumption), rank() OVER (ORDER BY sum(consumption)) FROM meter_readings GROUP BY nmi'),
('SELECT uom, flow, sum(consumption) FROM meter_readings GROUP BY GROUPING SETS ((uom), (flow), ())'),
-- groups by time
('SELECT nmi, date_trunc(''month'', "timestamp"), sum(consumption) FROM meter_readings GROUP BY 1, 2'),
('SELECT nmi, nmi_suffix, "timestamp"::date, sum(consumption) FROM meter_readings GROUP BY 1, 2, 3'),
('SELECT extract(hour FROM "timestamp"), avg(consumption) FROM meter_readings GROUP BY 1'),
('SELECT extract(dow FROM "timestamp"), date_part(''hour'', "timestamp"), max(consumption) FROM meter_readings GROUP BY 1, 2'),
('SELECT date_trunc(''hour'', "timestamp"), sum(consumption) FROM meter_readings WHERE nmi = ''4000000001'' GROUP BY 1'),
('SELECT to_char("timestamp", ''YYYY-MM''), sum(consumption) FROM meter_readings GROUP BY 1'),
('SELECT to_char("timestamp", ''Dy HH24:00''), sum(consumption) FROM meter_readings GROUP BY 1'),
('SELECT date_bin(''1 day'', "timestamp", ''2025-01-01''), sum(consumption) FROM meter_readings GROUP BY 1'),
('SELECT date_bin(''6 hours'', "timestamp", ''2025-01-01 07:30''), sum(consumption) FROM meter_readings GROUP BY 1'),
('SELECT ("time" AT TIME ZONE ''Australia/Adelaide'')::date, sum(consumption) FROM meter_readings GROUP BY 1'),
('SELECT extract(hour FROM "time" AT TIME ZONE ''Australia/Sydney''), sum(consumption) FROM meter_readings GROUP BY 1'),
('SELECT nmi, extract(hour FROM "time" AT TIME ZONE ''Australia/Adelaide''), extract(hour FROM "timestamp"), min(consumption) FROM meter_readings GROUP BY 1, 2, 3'),
('SELECT sum(consumption) FILTER (WHERE "time" < ''2025-04-06 00:00+10''), count(*) FROM meter_readings'),
('SELECT extract(hour FROM "time" AT TIME ZONE ''Australia/Eucla''), sum(consumption) FROM meter_readings GROUP BY 1'),
('SELECT quality_method, reason_description, count(*) FROM meter_readings GROUP BY 1, 2'),
-- predicates
('SELECT sum(consumption) FROM meter_readings WHERE nmi = ''4000000003'' AND "timestamp" >= ''2025-03-10 07:07'' AND "timestamp" < ''2025-04-02 13:30'''),
('SELECT sum(consumption) FROM meter_readings WHERE "time" >= ''2025-03-31 00:00+10'' AND "time" < ''2025-04-30 00:00+10'''),
('SELECT sum(consumption) FROM meter_readings WHERE "timestamp" <= date ''2025-03-10'' AND extract(hour FROM "timestamp") < 9 AND reason_code = 76'),
('SELECT sum(consumption) FROM meter_readings WHERE "timestamp" < ''2025-03-02'' OR "timestamp" >= ''2025-05-30'''),
('SELECT sum(consumption) FROM meter_readings WHERE "timestamp" >= (SELECT max(opened) FROM sites) AND uom = ''kWh'''),
-- joins and wrappings
('SELECT region, sum(used), count(*) FROM sites_imports WHERE at >= ''2025-04-01'' GROUP BY 1'),
('SELECT region, sum(consumption) FROM meter_readings m LEFT JOIN sites s ON s.nmi = m.nmi GROUP BY 1'),
('WITH m AS (SELECT nmi, date_trunc(''month'', "timestamp") AS month, sum(consumption) AS used FROM meter_readings GROUP BY 1, 2) SELECT month, max(used) FROM m GROUP BY 1'),
('SELECT nmi, (SELECT sum(consumption) FROM meter_readings m WHERE m.nmi = s.nmi AND "timestamp" >= s.opened) FROM sites s'),
('SELECT nmi, x.* FROM sites s, LATERAL (SELECT avg(consumption), max("timestamp"), count(*) FROM meter_readings m WHERE m.nmi = s.nmi AND "timestamp" < s.opened) x'),
('SELECT sum(consumption) FROM meter_readings m WHERE EXISTS (SELECT FROM sites s WHERE s.nmi = m.nmi)'),
('SELECT sum(consumption) FROM meter_readings WHERE nmi < ''4000000002'' UNION ALL SELECT count(*) FROM meter_readings WHERE nmi > ''4000000005'''),
-- the newest
('SELECT max("timestamp") FROM meter_readings WHERE nmi = ''4000000001'''),
('SELECT min("time") FROM meter_readings WHERE nmi = ''4000000001'' AND nmi_suffix = ''B1'' AND "timestamp" >= ''2025-03-31 23:30'''),
('SELECT max("timestamp") FROM meter_readings WHERE nmi = ''nobody'''),
('SELECT "timestamp", nmi_suffix, consumption, quality_method FROM meter_readings WHERE nmi = ''4000000001'' ORDER BY "timestamp" DESC, 2 LIMIT 5'),
('SELECT "timestamp", consumption FROM meter_readings WHERE nmi = ''4000000001'' AND nmi_suffix = ''B1'' AND "timestamp" < ''2025-04-01 05:00'' ORDER BY "timestamp" DESC LIMIT 30'),
('SELECT s.nmi, x.* FROM sites s LEFT JOIN LATERAL (SELECT "time", consumption FROM meter_readings m WHERE m.nmi = s.nmi AND m.nmi_suffix = ''E1'' ORDER BY "time" LIMIT 2) x ON true');
-- from 18 on GROUPING SETS are planned otherwise and go through the readings
SELECT n, CASE WHEN query ~ 'GROUPING SETS' THEN 'as the version has it' ELSE pg_temp.way(query) END AS way, pg_temp.both(query), query FROM asked ORDER BY n;

-- Refused: what tells the readings of a bucket apart.
TRUNCATE asked;
INSERT INTO asked (query) VALUES
('SELECT "timestamp", sum(consumption) FROM meter_readings GROUP BY 1'),
('SELECT sum(consumption) FROM meter_readings WHERE consumption > 0'),
('SELECT sum(abs(consumption)) FROM meter_readings'),
('SELECT sum(consumption / 1000) FROM meter_readings'),
('SELECT sum(consumption * ''Infinity'') FROM meter_readings'),
('SELECT sum(consumption + 1) FROM meter_readings'),
('SELECT stddev(consumption) FROM meter_readings'),
('SELECT count(DISTINCT consumption) FROM meter_readings'),
('SELECT sum(interval_length) FROM meter_readings'),
('SELECT max(interval_end) FROM meter_readings'),
('SELECT extract(hour FROM interval_end), count(*) FROM meter_readings GROUP BY 1'),
('SELECT extract(minute FROM "timestamp"), count(*) FROM meter_readings GROUP BY 1'),
('SELECT to_char("timestamp", ''HH24:MI''), count(*) FROM meter_readings GROUP BY 1'),
('SELECT date_bin(''10 minutes'', "timestamp", ''2025-01-01 00:03''), count(*) FROM meter_readings GROUP BY 1'),
('SELECT ("time" AT TIME ZONE ''Europe/Amsterdam'')::date, count(*) FROM meter_readings GROUP BY 1'),
('SELECT date_trunc(''day'', "time"), count(*) FROM meter_readings GROUP BY 1'),
('SELECT count(*) FROM meter_readings WHERE "timestamp" IN (''2025-03-01'', ''2025-03-02 01:00'')'),
('SELECT count(*) FROM meter_readings WHERE "timestamp" >= ''2025-03-01 00:00+10''::timestamptz'),
('SELECT count(*) FROM meter_readings WHERE "timestamp" < ''2025-03-01 07:07'' OR nmi = ''4000000001'''),
('SELECT count(*) FILTER (WHERE "timestamp" <= ''2025-03-10'') FROM meter_readings'),
('SELECT s.nmi, count(m.consumption) FROM sites s LEFT JOIN meter_readings m ON m.nmi = s.nmi GROUP BY 1'),
('SELECT s.nmi, count(*) FROM sites s JOIN meter_readings m ON m.nmi = s.nmi AND "timestamp" >= s.opened GROUP BY 1'),
('SELECT sum(length(s.region)) FROM sites s JOIN meter_readings m ON m.nmi = s.nmi'),
('SELECT count(*) FROM meter_readings a JOIN meter_readings b USING (nmi, nmi_suffix, "timestamp")'),
('SELECT count(*) FROM (SELECT * FROM meter_readings OFFSET 0) m'),
('SELECT nmi, rank() OVER (PARTITION BY nmi) FROM meter_readings WHERE nmi = ''4000000001'' AND "timestamp" < ''2025-03-02'''),
('SELECT array_agg(consumption ORDER BY "timestamp") FROM meter_readings WHERE nmi = ''4000000001'' AND "timestamp" < ''2025-03-02'''),
('SELECT "timestamp", consumption FROM meter_readings WHERE nmi IN (''4000000001'', ''4000000002'') ORDER BY "timestamp" DESC, 2 LIMIT 3');
SELECT pg_temp.way(query), pg_temp.both(query), query FROM asked ORDER BY n;
SELECT pg_temp.way('SELECT count(*) FROM meter_readings WHERE random() < 2');

-- What EXPLAIN shows; the setting.
EXPLAIN (COSTS OFF) SELECT sum(consumption), min(consumption) FROM meter_readings WHERE "timestamp" >= '2025-04-02';
EXPLAIN (COSTS OFF) SELECT "timestamp" FROM meter_readings WHERE nmi = '4000000001' ORDER BY 1 DESC LIMIT 1;
SET LOCAL nem12.combine_readings = off;
EXPLAIN (COSTS OFF) SELECT sum(consumption) FROM meter_readings WHERE "timestamp" >= '2025-05-02';
RESET nem12.combine_readings;

-- A generic plan; what a month holds is read by the days that are asked for.
PREPARE of_channel (text, timestamp, timestamp) AS
SELECT nmi_suffix, sum(consumption), count(*), max("timestamp") FROM meter_readings WHERE nmi = $1 AND "timestamp" >= $2 AND "timestamp" < $3 GROUP BY 1 ORDER BY 1;
SET LOCAL plan_cache_mode = force_generic_plan;
SELECT pg_temp.way($$EXECUTE of_channel ('4000000001', '2025-03-31 22:00', '2025-04-01 02:00')$$);
EXECUTE of_channel ('4000000001', '2025-03-31 22:00', '2025-04-01 02:00');
EXECUTE of_channel ('4000000001', NULL, '2025-04-01 02:00');
EXECUTE of_channel ('4000000001', '2025-05-31 23:00', 'infinity');
SET LOCAL plan_cache_mode = auto;

-- The estimates that a plan is made of: days, readings and joins within a factor of two.
CREATE FUNCTION pg_temp.estimate(query text, OUT estimated bigint, OUT counted bigint) LANGUAGE plpgsql AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
    estimated := (plan -> 0 -> 'Plan' ->> 'Plan Rows')::numeric;
    EXECUTE format('SELECT count(*) FROM (%s OFFSET 0) q', query) INTO counted;
END $$;
SELECT counted, estimated BETWEEN counted / 2 AND counted * 2 AS good, CASE WHEN NOT estimated BETWEEN counted / 2 AND counted * 2 THEN estimated END AS estimated, query
FROM unnest(ARRAY[
    'SELECT consumption FROM meter_readings',
    'SELECT consumption FROM meter_readings WHERE "timestamp" >= ''2025-04-01'' AND "timestamp" < ''2025-05-01''',
    'SELECT consumption FROM meter_readings WHERE "time" >= ''2025-04-01 00:00+10'' AND "time" < ''2025-05-01 00:00+10'' AND uom = ''kWh''',
    'SELECT consumption FROM meter_readings WHERE "timestamp" >= ''2025-04-01'' AND "timestamp" < ''2025-05-01'' AND uom = ''kWh''',
    'SELECT consumption FROM meter_readings WHERE nmi = ''4000000002'' AND "timestamp" >= ''2025-04-01'' AND "timestamp" < ''2025-05-01'' AND uom = ''kWh''',
    'SELECT consumption FROM meter_readings WHERE nmi = ''4000000002'' AND nmi_suffix = ''E1'' AND "timestamp" >= ''2025-04-03 06:00'' AND "timestamp" < ''2025-04-03 12:00''',
    'SELECT consumption FROM meter_readings m JOIN sites s ON s.nmi = m.nmi WHERE "timestamp" < ''2025-03-11'' AND region = ''north''']) AS query,
    LATERAL pg_temp.estimate(query);

-- A month without its key is read as a whole.
DO $$ DECLARE c record; BEGIN
    FOR c IN SELECT conrelid::regclass AS t, conname FROM pg_constraint WHERE conrelid = to_regclass('nem12_interval_days_2025_05') AND contype = 'p' LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', c.t, c.conname);
    END LOOP;
END $$;
SELECT pg_temp.way(q), pg_temp.both(q) FROM unnest(ARRAY[
    'SELECT "timestamp", nmi_suffix, consumption FROM meter_readings WHERE nmi = ''4000000001'' ORDER BY "timestamp" DESC, 2 LIMIT 1600',
    'SELECT max("timestamp") FROM meter_readings WHERE nmi = ''4000000001'' AND nmi_suffix = ''E1''']) q;
-- A default partition may hold any date.
CREATE TABLE other_days PARTITION OF nem12_interval_days DEFAULT;
SELECT pg_temp.way(q), pg_temp.both(q) FROM (VALUES ('SELECT max("timestamp") FROM meter_readings WHERE nmi = ''4000000001''')) v(q);
ALTER TABLE nem12_interval_days DETACH PARTITION other_days;

-- Tables of one's own: their readings need not be of the date that they are ordered by, and a day may have none.
CREATE TABLE own_days (nmi text COLLATE "C", nmi_suffix text COLLATE "C", interval_date date, read_date date, "values" nem12_values)
PARTITION BY RANGE (interval_date);
CREATE TABLE own_days_2025 PARTITION OF own_days FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE own_days_2026 PARTITION OF own_days FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO own_days SELECT 'x', 'E1', date '2025-12-30' + n, date '2024-03-10' - n, CASE WHEN n < 2 THEN '{1,2}'::nem12_values END FROM generate_series(0, 4) n;
SELECT pg_temp.way(q), pg_temp.both(q) FROM unnest(ARRAY[
    $$SELECT max(r."timestamp") FROM own_days d, nem12_day_readings(d.read_date, "values", 'A', '') r WHERE nmi = 'x'$$,
    $$SELECT r."timestamp" FROM own_days d, nem12_day_readings(d.read_date, "values", 'A', '') r WHERE nmi = 'x' ORDER BY 1 DESC LIMIT 1$$,
    $$SELECT read_date, sum(consumption) FROM own_days d, nem12_day_readings(d.read_date, "values", 'A', '') r GROUP BY 1$$,
    $$SELECT max(r."timestamp") FROM own_days d, nem12_day_readings(d.interval_date, "values", 'A', '') r WHERE nmi = 'x'$$,
    $$SELECT r."timestamp"::date, sum(consumption) FROM own_days d, nem12_day_readings(d.read_date, "values", 'A', '') r GROUP BY 1$$]) q;

-- Row security of a joined table and of the days; rights are those of the view.
CREATE ROLE regress_nem12_analyst;
GRANT SELECT ON meter_readings, sites, nem12_interval_days TO regress_nem12_analyst;
ALTER TABLE sites ENABLE ROW LEVEL SECURITY;
CREATE POLICY north ON sites TO regress_nem12_analyst USING (region = 'north');
CREATE VIEW own_readings WITH (security_invoker = true) AS
SELECT d.nmi, r."timestamp", r.consumption FROM nem12_interval_days d, nem12_day_readings(d.interval_date, d."values", d.quality, d.events) r;
GRANT SELECT ON own_readings TO regress_nem12_analyst;
ALTER TABLE nem12_interval_days ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON nem12_interval_days TO regress_nem12_analyst USING (nmi = '4000000003' AND interval_date < '2025-03-06');
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pg_temp TO regress_nem12_analyst;
SET LOCAL ROLE regress_nem12_analyst;
SELECT region, count(*) FROM meter_readings m JOIN sites s ON s.nmi = m.nmi GROUP BY 1;
SELECT nmi, count(*), max("timestamp") FROM own_readings GROUP BY 1;
SELECT max("timestamp") FROM own_readings WHERE nmi = '4000000003';
SELECT max("timestamp") FROM own_readings WHERE nmi = '4000000001';
EXPLAIN (COSTS OFF) SELECT max("timestamp") FROM own_readings WHERE nmi = '4000000003';
SAVEPOINT s;
SELECT count(*) FROM staging_meter_readings;
ROLLBACK TO s;
RESET ROLE;
REVOKE EXECUTE ON FUNCTION nem12_count_buckets(nem12_bucket) FROM PUBLIC;
SET LOCAL ROLE regress_nem12_analyst;
SELECT region, count(*) FROM meter_readings m JOIN sites s ON s.nmi = m.nmi GROUP BY 1;
RESET ROLE;

-- Nothing makes a bucket but the server.
SELECT bucket, readings FROM nem12_day_buckets('2025-03-01', '{1.5,-2,3,4}', 'A', '', 720, false);
SELECT bucket_start, bucket_last, quality_method, bucket FROM nem12_day_buckets('2025-03-01', '{1.5,-2,3,4}', 'V', E'1,1,S52\n2,4,A', 720, true);
SAVEPOINT s;
SELECT '(1,2,3,4)'::nem12_bucket;
ROLLBACK TO s;
SELECT bucket FROM nem12_day_buckets('2025-03-01', '{1,2}', 'A', '', 7, false);
ROLLBACK TO s;
SELECT bucket FROM nem12_day_buckets('2025-03-01', '{1,2}', 'A', '', 0, false);
ROLLBACK TO s;
SELECT m, bucket FROM (VALUES (720), (NULL), (1440)) v(m), nem12_day_buckets('2025-03-01', '{1,2}', 'A', '', m, m > 720);
EXPLAIN (COSTS OFF) SELECT bucket FROM (VALUES (720), (360)) v(m), nem12_day_buckets('2025-03-01', '{1,2}', 'A', '', m, true);
SELECT "timestamp" FROM nem12_day_buckets('2025-03-01', '{1,2}', 'A', '', 720, false);
ROLLBACK TO s;
SELECT quality_method FROM nem12_day_buckets('2025-03-01', '{1,2}', 'A', '', 720, false);
ROLLBACK TO s;
SELECT bucket, quality_method FROM nem12_day_buckets('2025-03-01', '{1,2}', 'not a quality', '', 720, true);
ROLLBACK;

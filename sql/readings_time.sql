-- "time", the instant of a reading: a predicate on it reads only the days it needs, in any session time zone. Market time is UTC+10.
SET datestyle = ISO;
BEGIN;
DO $$ BEGIN PERFORM nem12_prepare_months('{2025-03-01,2025-04-01,2025-05-01}'); END $$;
INSERT INTO nem12_files (file_id, sha256, version, dialect, bytes, loaded_at) VALUES (1, sha256('one'), 'NEM12', 'strict', 1, '2025-06-01 12:00Z');
INSERT INTO nem12_channel_details VALUES ('4000000007', 'E1', 1, 60, 'KWH', 'B1E1', '1', 'N1', 'METER1', NULL), ('4000000007', 'B1', 1, 60, 'kWh', 'B1E1', '1', 'N1', 'METER1', NULL);
INSERT INTO nem12_interval_days (nmi, nmi_suffix, interval_date, line_no, file_id, details_id, quality, events, "values")
SELECT '4000000007', suffix, date '2025-03-01' + d, 1, 1, 1, 'A', '',
       (SELECT array_agg((i * 7 + d * 13) % 2500 / 1000.0) FROM generate_series(1, 24) i)::numeric[]::nem12_values
FROM unnest(ARRAY['B1', 'E1']) AS suffix, generate_series(0, 91) AS d;
ANALYZE nem12_interval_days;
SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL enable_bitmapscan = off;
SET LOCAL enable_seqscan = off;
SET LOCAL enable_memoize = off; -- up to 17 the planner would, from 18 on not

-- One instant in three zones; the units and directions.
SET LOCAL timezone = 'UTC';
SELECT "timestamp", "time", uom, flow, loaded_at FROM meter_readings WHERE nmi = '4000000007' AND "time" = '2025-03-31T14:00:00Z';
SET LOCAL timezone = 'Australia/Brisbane';
SELECT "timestamp", "time" FROM meter_readings WHERE nmi_suffix = 'E1' AND "time" >= '2025-03-31 23:00' AND "time" < '2025-04-01 01:00' ORDER BY 1;
SET LOCAL timezone = 'Australia/Sydney'; -- where an hour comes twice on 2025-04-06
SELECT "timestamp", "time" FROM meter_readings WHERE nmi_suffix = 'E1' AND "time"::date = '2025-04-06' AND extract(hour FROM "time") < 4 ORDER BY 1;
SELECT u, nem12_uom(u) FROM unnest('{KWH,kwh,KVARH,mvarh,wh,VArh,PF,kvah,GWh,""}'::text[]) AS u;
SELECT s, nem12_flow(s) FROM unnest('{E1,B1,Q1,K1,N1,T1,G1,11,X}'::text[]) AS s;

SET LOCAL timezone = 'UTC';
-- As Grafana's $__timeFilter writes it.
EXPLAIN (COSTS OFF) SELECT "time", consumption FROM meter_readings
WHERE nmi = '4000000007' AND "time" BETWEEN '2025-03-31T13:00:00Z' AND '2025-03-31T15:30:00.123Z';
EXPLAIN (COSTS OFF) SELECT consumption FROM meter_readings WHERE nmi = '4000000007' AND "time" >= '2025-04-02T14:00:00Z' AND "time" < '2025-04-03T14:00:00Z';
SET LOCAL enable_seqscan = on;
SET LOCAL enable_indexscan = off; -- from 17 on the index serves the dates as well
EXPLAIN (COSTS OFF) SELECT consumption FROM meter_readings WHERE nmi = '4000000007' AND "time" = ANY ('{2025-03-02T10:00Z,2025-05-03T14:00Z}');
SET LOCAL enable_indexscan = on;
SET LOCAL enable_seqscan = off;
-- Where the session's zone comes in, bounds are loose.
EXPLAIN (COSTS OFF) SELECT consumption FROM meter_readings WHERE nmi = '4000000007' AND "time" >= date '2025-04-02' AND "time" < date '2025-04-03';
EXPLAIN (COSTS OFF) SELECT consumption FROM meter_readings WHERE nmi = '4000000007' AND "time"::date = '2025-04-02';
-- Parameters.
PREPARE of_time (timestamptz, timestamptz) AS SELECT count(*), sum(consumption) FROM meter_readings WHERE nmi = '4000000007' AND "time" >= $1 AND "time" < $2;
SET LOCAL plan_cache_mode = force_generic_plan;
EXPLAIN (COSTS OFF) EXECUTE of_time ('2025-04-01', '2025-05-01');
EXECUTE of_time ('2025-04-01 00:00+10', '2025-05-01 00:00+10');
EXECUTE of_time ('-infinity', 'infinity');
EXECUTE of_time (NULL, 'infinity');
SET LOCAL plan_cache_mode = auto;
EXPLAIN (COSTS OFF) SELECT consumption FROM meter_readings WHERE nmi = '4000000007' AND "time" >= now() - interval '1 day';
EXPLAIN (COSTS OFF) SELECT consumption FROM staging_meter_readings WHERE nmi = '4000000007' AND nmi_suffix = 'E1' AND "time" >= '2025-04-02T14:00:00Z';
SET LOCAL enable_seqscan = on;

-- Whatever is asked, in whatever zone, the answer is the one without bounds. `OFFSET 0` keeps them away.
CREATE TEMP TABLE asked AS
WITH o(op, n) AS (SELECT * FROM unnest(ARRAY['<', '<=', '=', '>=', '>', '<>']) WITH ORDINALITY),
     x(v, n) AS (SELECT * FROM unnest(ARRAY[
        $$timestamptz '2025-03-01 00:00+10'$$, $$timestamptz '2025-03-01 00:00:01+10'$$, $$timestamptz '2025-03-31 14:00Z'$$, $$timestamptz '2025-04-06 02:30+10'$$,
        $$timestamptz '2025-04-06 03:30+11'$$, $$timestamptz '2025-05-31 13:00Z'$$, $$timestamptz '2025-05-31 14:00Z'$$, $$timestamptz '2025-04-17 13:59:59.999999Z'$$,
        $$timestamptz 'infinity'$$, $$timestamptz '-infinity'$$, $$timestamptz '294276-12-31 23:59:59+00'$$, $$timestamptz '4714-11-24 00:00+00 BC'$$,
        $$timestamp '2025-04-17'$$, $$timestamp '2025-04-06 02:30'$$, $$timestamp 'infinity'$$, $$timestamp '-infinity'$$, $$timestamp '294276-12-31 23:59:59'$$,
        $$timestamp '4714-11-24 BC'$$, $$date '2025-04-17'$$, $$date '2025-03-01'$$, $$date '2025-06-01'$$, $$date 'infinity'$$, $$date '-infinity'$$,
        $$date '5874897-12-31'$$, $$date '4714-11-24 BC'$$, $$NULL::timestamptz$$]) WITH ORDINALITY),
     single AS (SELECT format('"time" %s %s', op, v) AS p, x.n * 10 + o.n AS n FROM o, x
                UNION ALL SELECT format('%s %s "time"', v, op), 1000 + x.n * 10 + o.n FROM o, x
                UNION ALL SELECT format('"time"::date %s %s', op, v), 2000 + x.n * 10 + o.n FROM o, x)
SELECT p FROM single
UNION ALL SELECT format('(%s) AND (%s)', a.p, b.p) FROM single a JOIN single b ON (a.n * 31 + b.n * 17) % 397 = 0
UNION ALL SELECT format('(%s) OR (%s)', a.p, b.p) FROM single a JOIN single b ON (a.n * 29 + b.n * 13) % 797 = 0
UNION ALL SELECT format('"time" = ANY (ARRAY[%s, %s]::timestamptz[])', x.v, y.v) FROM x, x y WHERE x.v LIKE 'timestamptz%' AND y.v LIKE 'timestamptz%';
CREATE FUNCTION pg_temp.answer(source text, predicate text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE format('SELECT count(*) || '' '' || coalesce(sum(consumption), 0) FROM %s WHERE %s', source, predicate) INTO answer;
    RETURN answer;
EXCEPTION WHEN OTHERS THEN
    RETURN sqlstate;
END $$;
DELETE FROM nem12_interval_days WHERE nmi_suffix = 'B1'
    OR interval_date NOT IN ('2025-03-01', '2025-03-31', '2025-04-01', '2025-04-05', '2025-04-06', '2025-04-16', '2025-04-17', '2025-04-18', '2025-05-31');
CREATE TEMP TABLE answered (zone text, p text, answer text, plain text);
DO $$
DECLARE
    zone text;
BEGIN
    FOREACH zone IN ARRAY '{Australia/Sydney,UTC,Pacific/Kiritimati,Pacific/Pago_Pago,<+15>-15:59,<-15>+15:59}'::text[] LOOP
        PERFORM set_config('timezone', zone, true);
        INSERT INTO answered
        SELECT zone, p, pg_temp.answer('meter_readings', p), pg_temp.answer('(SELECT * FROM meter_readings OFFSET 0) m', p) FROM asked;
    END LOOP;
END $$;
SELECT zone, count(*) > 500 AS many, count(DISTINCT answer) > 40 AS various, count(*) FILTER (WHERE answer <> plain) AS wrong FROM answered GROUP BY 1 ORDER BY 1;
SELECT * FROM answered WHERE answer <> plain LIMIT 5;
ROLLBACK;

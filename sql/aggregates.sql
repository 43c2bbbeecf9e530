-- Aggregates over days, against the same over their values.
SELECT setseed(0.5);
CREATE TEMP TABLE days AS
SELECT g % 5 AS meter, s.scale, a.raw::nem12_values AS v
FROM generate_series(1, 400) AS g,
     LATERAL (SELECT g % 8 AS scale) AS s,
     LATERAL (SELECT array_agg(round(((random() - 0.3) * 1000000 + 0 * i)::numeric / (10::numeric ^ s.scale), s.scale)) AS raw
              FROM generate_series(1, 48) AS i) AS a;
INSERT INTO days VALUES (9, 0, NULL);

SELECT d.meter, sum = s AND min = lo AND max = hi AND count = n AND round(avg, 9) = round(a, 9) AS same, count
FROM (SELECT meter, nem12_sum_days(v) AS sum, nem12_min_days(v) AS min, nem12_max_days(v) AS max, nem12_avg_days(v) AS avg,
             nem12_count_days(v) AS count FROM days GROUP BY meter) AS d
LEFT JOIN (SELECT meter, sum(value) AS s, min(value) AS lo, max(value) AS hi, count(*) AS n, avg(value) AS a
           FROM days, nem12_unpack(v) GROUP BY meter) AS e USING (meter)
ORDER BY meter;

SELECT nem12_profile_days(v) = (SELECT array_agg(total ORDER BY n) FROM (SELECT n, sum(value) AS total FROM days, nem12_unpack(v) GROUP BY n) t)
FROM days;

-- Nothing to aggregate.
SELECT nem12_sum_days(v), nem12_min_days(v), nem12_max_days(v), nem12_avg_days(v), nem12_count_days(v), nem12_profile_days(v) FROM days WHERE false;
SELECT nem12_sum_days(v), nem12_count_days(v), nem12_profile_days(v) FROM days WHERE v IS NULL;

-- A profile is of one interval length.
SELECT nem12_profile_days(v) FROM (VALUES ('{1,2}'::nem12_values), ('{1}')) x(v);
SELECT nem12_count(v) AS intervals, nem12_profile_days(v) FROM (VALUES ('{1,2}'::nem12_values), ('{1}'), ('{0.5,-2}')) x(v) GROUP BY 1 ORDER BY 1;

-- Sums beyond 64 bits, of different scales.
SELECT nem12_sum_days(v), nem12_min_days(v), nem12_max_days(v), nem12_avg_days(v), nem12_profile_days(v)
FROM (SELECT '{999999999999999999}'::nem12_values AS v FROM generate_series(1, 1000) UNION ALL SELECT '{0.0000001}') x;
SELECT nem12_sum_days(v) FROM (SELECT '{-999999999999999999}'::nem12_values AS v FROM generate_series(1, 1000) UNION ALL SELECT '{0.0000001}') x;

-- As window functions, and sharing one state.
SELECT i, nem12_sum_days(v) OVER w, nem12_count_days(v) OVER w
FROM (SELECT i, ('{' || i || ',0.5}')::nem12_values AS v FROM generate_series(1, 4) i) x WINDOW w AS (ORDER BY i);

-- In parallel: partial states travel between processes.
CREATE TABLE nem12_test_days AS SELECT meter, v FROM days WHERE v IS NOT NULL;
ALTER TABLE nem12_test_days SET (parallel_workers = 2);
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT nem12_sum_days(v), nem12_profile_days(v) FROM nem12_test_days;
SELECT nem12_sum_days(v), nem12_min_days(v), nem12_max_days(v), nem12_avg_days(v), nem12_count_days(v), nem12_profile_days(v) FROM nem12_test_days
EXCEPT
SELECT nem12_sum_days(v), nem12_min_days(v), nem12_max_days(v), nem12_avg_days(v), nem12_count_days(v), nem12_profile_days(v) FROM days;
DROP TABLE nem12_test_days;

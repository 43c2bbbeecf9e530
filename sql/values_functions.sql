-- Functions of one day.
SELECT nem12_sum(v), nem12_min(v), nem12_max(v), nem12_avg(v), nem12_count(v), nem12_value(v, 1), nem12_value(v, 3)
FROM (VALUES ('{0.123,0.25,-1}'::nem12_values)) x(v);
SELECT nem12_value('{1,2}', 0), nem12_value('{1,2}', 3), nem12_value('{1,2}', -1), nem12_sum(NULL), nem12_value('{1}', NULL);
SELECT * FROM nem12_unpack('{0.1,2.5,0}');
SELECT count(*) FROM nem12_unpack(NULL);
SELECT nem12_unpack('{1,2}') LIMIT 1;

-- A sum that needs more than 64 bits.
SELECT nem12_sum(array_fill(999999999999999999, ARRAY[288])::numeric[]::nem12_values);

-- Against numeric's own arithmetic, on values of every size and scale.
SELECT setseed(0.12);
CREATE TEMP TABLE samples AS
SELECT s.scale, a.raw, a.raw::nem12_values AS v
FROM generate_series(0, 7) AS s(scale), generate_series(1, 17, 4) AS d(digits), generate_series(1, 8) AS k,
     LATERAL (SELECT array_agg(round((((random() - 0.4) * 10 ^ digits)::bigint + 0 * i)::numeric / (10::numeric ^ s.scale), s.scale)) AS raw
              FROM generate_series(1, 1 + (k * 53 % 288)) AS i) AS a;
SELECT count(*) AS days,
       bool_and(nem12_sum(v) = (SELECT sum(x) FROM unnest(raw) x)) AS sum,
       bool_and(nem12_min(v) = (SELECT min(x) FROM unnest(raw) x)) AS min,
       bool_and(nem12_max(v) = (SELECT max(x) FROM unnest(raw) x)) AS max,
       bool_and(round(nem12_avg(v), 10) = (SELECT round(avg(x), 10) FROM unnest(raw) x)) AS avg,
       bool_and(v::numeric[] = raw) AS numerics,
       bool_and((SELECT array_agg(value ORDER BY n) FROM nem12_unpack(v)) = raw) AS unpacked,
       bool_and((SELECT bool_and(nem12_value(v, i) = raw[i]) FROM generate_series(1, nem12_count(v)) i)) AS one_by_one,
       bool_and(v::float8[] = raw::float8[]) AS floats,
       bool_and(v::text::nem12_values = v) AS text
FROM samples;

-- The view writes numerics itself: the same bytes as PostgreSQL's own.
SELECT count(*) AS readings, bool_and(numeric_send(r.consumption) = numeric_send(u.value)) AS same_bytes,
       bool_and(r.consumption::text = u.value::text) AS same_text
FROM (SELECT ARRAY[m::numeric / (10::numeric ^ scale)]::nem12_values AS v
      FROM generate_series(0, 7) AS scale,
           unnest(ARRAY[0, 1, -1, 9, 10, 9999, 10000, 10001, 100000000, 99999999, 999999999999999, 1000000000000000, 1000000000000001,
                        -1000000000000000, 999999999999999999, -999999999999999999, 123456789012345678]) AS m
      UNION ALL
      SELECT ARRAY[value]::nem12_values FROM samples, unnest(raw) AS value) AS x,
     nem12_unpack(v) AS u, nem12_day_readings('2025-01-01', v, 'A', '') AS r;

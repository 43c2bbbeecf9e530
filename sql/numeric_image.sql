-- The numerics of meter_readings are written without numeric.c (numeric_image.cpp): they have to be its own, bit for bit, or equal
-- numbers would not group. A second value of the day makes its scale the wanted one, so that trailing zeros stay.
CREATE TEMP TABLE wanted AS
SELECT row_number() OVER () AS id, scale, mantissa, round(mantissa / 10::numeric ^ scale, scale) AS number
FROM generate_series(0, 7) scale,
     (SELECT DISTINCT sign * m
      FROM (VALUES (1), (-1)) s(sign),
           (SELECT m FROM unnest(ARRAY[0, 1, 9, 10, 99, 100, 999, 1000, 1230, 9999, 10001, 99999, 120000, 1000000, 99990000]) m
            UNION ALL SELECT 10::numeric ^ p + d FROM generate_series(4, 17) p, unnest(ARRAY[-1, 0, 1]) d
            UNION ALL SELECT 5 * 10::numeric ^ p FROM generate_series(4, 17) p
            UNION ALL SELECT 123456789012345678 / 10 ^ p::numeric FROM generate_series(0, 17) p
            UNION ALL VALUES (999999999999999999), (1234500000000), (900000000000001), (100000000000100)) n(m)
      ) x(m), trunc(m) mantissa
WHERE abs(mantissa) <= 999999999999999999;
CREATE TEMP TABLE compared AS
SELECT w.*, r.consumption
FROM wanted w,
     LATERAL nem12_day_readings('2024-01-01', ARRAY[number, round(1 / 10::numeric ^ scale, scale)]::nem12_values, 'A', '') r
WHERE r."timestamp" = '2024-01-01';
SELECT count(*) > 1000 AS many, count(DISTINCT scale) AS scales, count(*) = (SELECT count(*) FROM wanted) AS all_came,
       bool_and(record_image_eq(ROW(consumption), ROW(number))) AS same_image,
       bool_and(numeric_send(consumption) = numeric_send(number)) AS same_wire,
       bool_and(consumption::text = number::text) AS same_text,
       bool_and(scale(consumption) = scale) AS same_scale,
       bool_and(hash_numeric(consumption) = hash_numeric(number)) AS same_hash,
       bool_and(pg_column_size(consumption) = pg_column_size(number)) AS same_size
FROM compared;
SELECT scale, mantissa, number, consumption FROM compared
WHERE NOT record_image_eq(ROW(consumption), ROW(number)) ORDER BY 1, 2 LIMIT 10;
-- grouped, sorted, joined by hash: as many as there are numbers
SET enable_sort = off;
SELECT count(*) = (SELECT count(DISTINCT number) FROM wanted) AS groups
FROM (SELECT n FROM (SELECT consumption FROM compared UNION ALL SELECT number FROM wanted) x(n) GROUP BY n) g;
RESET enable_sort;
SELECT bool_and(a.consumption = b.number) AS same_order
FROM (SELECT consumption, row_number() OVER (ORDER BY consumption, id) FROM compared) a
JOIN (SELECT number, row_number() OVER (ORDER BY number, id) FROM wanted) b USING (row_number);
-- the other decimals of the same number are other bytes and the same number
SELECT count(*) AS pairs, bool_and(a.consumption = b.consumption) AS equal, bool_and(hash_numeric(a.consumption) = hash_numeric(b.consumption)) AS same_hash
FROM compared a JOIN compared b ON a.number = b.number AND a.scale < b.scale;

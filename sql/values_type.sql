-- nem12_values: text form, wire form, comparison, casts.

SELECT '{0.123,0.25,1}'::nem12_values, ' { -0.5 , .5 } '::nem12_values, '{0,0,0}'::nem12_values;
SELECT '{1.500,2.50}'::nem12_values AS smallest_scale, '{999999999999999999,-999999999999999999}'::nem12_values AS widest,
       '{12345678901.1234567}'::nem12_values AS finest;

-- Every count from one to a day of five-minute intervals.
SELECT count(*) AS counts, bool_and(nem12_count(v) = n AND v::text::nem12_values = v) AS same
FROM (SELECT n, (SELECT '{' || string_agg((i * 37 % 1000)::text, ',') || '}' FROM generate_series(1, n) i)::nem12_values AS v
      FROM generate_series(1, 288) n) x;

-- Bad text is refused and the place named.
CREATE FUNCTION pg_temp.refusal(input text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM input::nem12_values;
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    RETURN sqlstate || ' ' || sqlerrm;
END $$;
SELECT left(input, 30) AS input, pg_temp.refusal(input)
FROM (VALUES ('{}'), (''), ('0.1'), ('{0.1'), ('{0.1}x'), ('{0.1,}'), ('{,1}'), ('{0.1 2}'), ('{1e5}'), ('{+1}'), ('{NaN}'), ('{Infinity}'),
             ('{1.12345678}'), ('{1234567890123456789}'), ('{5.}'), ('{--1}'), ('{0x10}'), ('{999999999999999999,0.1}'),
             ('{' || repeat('1,', 288) || '1}')) AS x(input);

-- Equal days are equal bytes, however they were written.
SELECT '{1.0,2.00}'::nem12_values = '{1,2}', '{1,2}'::nem12_values <> '{1,2,0}', '{1}'::nem12_values < '{2}',
       nem12_values_send('{1.0,2.00}') = nem12_values_send('{1,2}');
CREATE TEMP TABLE days (id int, v nem12_values);
INSERT INTO days SELECT i, ('{' || i % 7 || ',' || i % 3 || '.5}')::nem12_values FROM generate_series(1, 420) i;
CREATE INDEX ON days (v);
SELECT count(DISTINCT v) FROM days;
SELECT count(*) FROM (SELECT v FROM days GROUP BY v) g;
SELECT count(*) FROM days a JOIN days b USING (v);
SET enable_hashjoin = off;
SELECT count(*) FROM days a JOIN days b USING (v);
RESET enable_hashjoin;
SET enable_seqscan = off;
SELECT count(*) FROM days WHERE v = '{3,1.5}';
RESET enable_seqscan;

-- Casts.
SELECT '{0.1,2.5}'::nem12_values::numeric[], '{0.1,2.5}'::nem12_values::float8[], ARRAY[1.50000000000, 2]::numeric[]::nem12_values;
SELECT nem12_values(ARRAY[0.1, -0.2]);
SELECT ARRAY[0.1, NULL]::numeric[]::nem12_values;
SELECT ARRAY[0.1, 'NaN']::numeric[]::nem12_values;
SELECT ARRAY[0.12345678]::numeric[]::nem12_values;
SELECT ARRAY[1e18]::numeric[]::nem12_values;
SELECT '{}'::numeric[]::nem12_values;
SELECT ARRAY[[1, 2], [3, 4]]::numeric[]::nem12_values;
SELECT array_fill(1.5, ARRAY[289])::numeric[]::nem12_values;
INSERT INTO days SELECT 0, ARRAY[i, 0.001]::numeric[] FROM generate_series(1, 3) i;
SELECT v FROM days WHERE id = 0 ORDER BY v::text;

-- A value fits its row; how small days are is what the product is about.
SELECT pg_column_size((SELECT array_agg(0) FROM generate_series(1, 288))::numeric[]::nem12_values) AS zeros,
       pg_column_size((SELECT array_agg((i * 7919 % 2500) / 1000.0) FROM generate_series(1, 288) i)::numeric[]::nem12_values) AS scattered;

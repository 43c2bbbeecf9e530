-- nem12_resample, + and -.
SELECT nem12_resample('{1,2,3,4}', 2), nem12_resample('{1,2,3,4}', 1), nem12_resample('{1,2,3,4}', 4), nem12_resample('{0.1,0.25,-3,0.125}', 2);
SELECT nem12_resample('{1,2,3,4}', 2, 'mean'), nem12_resample('{240.1,240.2,239.9}', 1, 'mean'), nem12_resample('{1,1,2}', 1, method => 'mean');
-- Half away from zero, at 7 decimals.
SELECT nem12_resample('{0.0000001,0}', 1, 'mean') AS half, nem12_resample('{-0.0000001,0}', 1, 'mean') AS minus_half,
       nem12_resample('{0.0000001,0,0}', 1, 'mean') AS third, nem12_resample('{0.0000001,0.0000001,0}', 1, 'mean') AS two_thirds,
       nem12_resample('{-0.0000001,-0.0000001,0}', 1, 'mean') AS minus_two_thirds, nem12_resample('{100,100,101}', 1, 'mean') AS long;
-- Nothing is lost on the way: more than 64 bits in between, and a sum that gets shorter.
SELECT nem12_resample('{99999999999.9999999,99999999999.9999999}', 1, 'mean'), nem12_resample('{99999999999.9999999,0.0000001}', 1), nem12_resample('{0.5,0.5}', 1);
SELECT nem12_resample(NULL, 1), nem12_resample('{1}', NULL);
SELECT nem12_resample('{1,2,3,4}', 3);
SELECT nem12_resample('{1,2}', 4);
SELECT nem12_resample('{1,2}', 0);
SELECT nem12_resample('{1,2}', 1, 'average');
SELECT nem12_resample('{999999999999999999,1}', 1);

SELECT '{1,2.5}'::nem12_values + '{0.25,-2.5}', '{1,2.5}'::nem12_values - '{0.25,2.5}', '{0.1}'::nem12_values - '{0.1}', NULL + '{1}'::nem12_values;
SELECT '{1,2}'::nem12_values + '{1}'::nem12_values;
SELECT '{999999999999999999}'::nem12_values + '{1}'::nem12_values;
SELECT '{99999999999999999.9}'::nem12_values + '{0.1}'::nem12_values AS fits_again, '{999999999999999999}'::nem12_values - '{999999999999999999}'::nem12_values AS zero;
SELECT '{-999999999999999999}'::nem12_values - '{0.0000001}'::nem12_values;

-- Against numeric's own arithmetic.
SELECT setseed(0.31);
CREATE TEMP TABLE days AS
SELECT n, s.raw, s.raw::nem12_values AS v
FROM generate_series(1, 400) AS n,
     LATERAL (SELECT array_agg(round(((random() - 0.4) * 10 ^ (n % 9))::numeric + 0 * i, n % 8)) AS raw FROM generate_series(1, 288) AS i) AS s;
SELECT count(*) AS days,
       bool_and((nem12_resample(v, k))::numeric[] = (SELECT array_agg(t ORDER BY g) FROM (SELECT (i - 1) / (288 / k) AS g, sum(x) AS t FROM unnest(raw) WITH ORDINALITY AS u(x, i) GROUP BY 1) AS sums)) AS sum,
       bool_and((nem12_resample(v, k, 'mean'))::numeric[] = (SELECT array_agg(t ORDER BY g) FROM (SELECT (i - 1) / (288 / k) AS g, round(sum(x) / (288 / k), 7) AS t FROM unnest(raw) WITH ORDINALITY AS u(x, i) GROUP BY 1) AS means)) AS mean
FROM days, unnest(ARRAY[1, 48, 96, 144]) AS k;
SELECT count(*) AS pairs,
       bool_and((a.v + b.v)::numeric[] = (SELECT array_agg(x + y ORDER BY i) FROM ROWS FROM (unnest(a.raw), unnest(b.raw)) WITH ORDINALITY AS u(x, y, i))) AS plus,
       bool_and((a.v - b.v)::numeric[] = (SELECT array_agg(x - y ORDER BY i) FROM ROWS FROM (unnest(a.raw), unnest(b.raw)) WITH ORDINALITY AS u(x, y, i))) AS minus,
       bool_and(a.v + b.v = b.v + a.v AND (a.v + b.v) - b.v = a.v) AS inverse
FROM days a JOIN days b ON b.n = a.n % 400 + 1;

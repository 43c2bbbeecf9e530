-- nem12_changed_days: what changed since a snapshot. (Sessions side by side: test/system/versions_model_test.py.)
SET datestyle = ISO;
CREATE FUNCTION pg_temp.file(created text, nmi text, VARIADIC days text[]) RETURNS text LANGUAGE sql AS $$ -- of 30 minutes, as "20250301 value"
    SELECT status || ' ' || days_inserted || ' ' || days_staged FROM nem12_load(convert_to(concat_ws(E'\r\n', '100,NEM12,' || created || ',MDP1,Ret1',
        '200,' || nmi || ',E1,1,E1,N1,METER1,kWh,30,20250601',
        (SELECT string_agg('300,' || split_part(d, ' ', 1) || repeat(',' || split_part(d, ' ', 2), 48) || ',A,,,20250301040506,', E'\r\n' ORDER BY d) FROM unnest(days) d), '900', ''), 'UTF8'))
$$;
CREATE FUNCTION pg_temp.changed(since pg_snapshot) RETURNS TABLE (nmi text, interval_date date, change text, is_file boolean, recent boolean) LANGUAGE sql AS $$
    SELECT c.nmi, c.interval_date, c.change, c.file_id = d.file_id, c.changed_at > now() - interval '1 hour'
    FROM nem12_changed_days(since) c JOIN nem12_interval_days d USING (nmi, nmi_suffix, interval_date) WHERE c.nmi LIKE '400800%' ORDER BY 1, 2
$$;
SELECT coalesce(max(file_id), 0) AS last_file FROM nem12_files \gset
SELECT pg_current_snapshot() AS before \gset
SELECT pg_temp.file('202503050000', '4008000001', '20250301 1', '20250302 1', '20250303 1');
SELECT pg_current_snapshot() AS loaded \gset
SELECT * FROM pg_temp.changed(:'before');
SELECT * FROM pg_temp.changed(:'loaded');
-- Staged is not changed yet; merged it is.
SELECT pg_temp.file('202503060000', '4008000001', '20250302 2', '20250304 2');
SELECT * FROM pg_temp.changed(:'loaded');
SELECT pg_current_snapshot() AS staged \gset
SELECT inserted, updated, discarded FROM nem12_merge_staging();
SELECT * FROM pg_temp.changed(:'staged');
SELECT * FROM pg_temp.changed(:'loaded');
SELECT * FROM pg_temp.changed(:'before');
SELECT pg_current_snapshot() AS merged \gset
-- An older version changes nothing.
SELECT pg_temp.file('202503040000', '4008000001', '20250301 3');
SELECT inserted, updated, discarded FROM nem12_merge_staging();
SELECT * FROM pg_temp.changed(:'merged');
-- Nor does content that is known already, nor a load that fails.
SELECT pg_temp.file('202503040000', '4008000001', '20250301 3');
BEGIN;
SELECT pg_temp.file('202503070000', '4008000002', '20250301 1');
SELECT * FROM pg_temp.changed(:'merged');
ROLLBACK;
SELECT * FROM pg_temp.changed(:'merged');
-- A day that waits though none is there (its insert failed), and is put in by a merge: it is new then.
ALTER TABLE nem12_interval_days ADD CONSTRAINT not_now CHECK (nmi <> '4008000003') NOT VALID;
SELECT pg_temp.file('202503070000', '4008000003', '20250301 1');
ALTER TABLE nem12_interval_days DROP CONSTRAINT not_now;
SELECT * FROM pg_temp.changed(:'merged');
SELECT pg_current_snapshot() AS waiting \gset
SELECT inserted, updated, discarded FROM nem12_merge_staging();
SELECT * FROM pg_temp.changed(:'waiting');
SELECT pg_current_snapshot() AS arrived \gset
SELECT * FROM pg_temp.changed(:'arrived');
SELECT pg_temp.file('202503080000', '4008000003', '20250301 2');
SELECT inserted, updated, discarded FROM nem12_merge_staging();
SELECT * FROM pg_temp.changed(:'arrived');
SELECT * FROM pg_temp.changed(:'waiting');
SELECT count(*), count(DISTINCT (nmi, nmi_suffix, interval_date)), bool_and(change = 'new') FROM nem12_changed_days() WHERE nmi LIKE '400800%';
-- The same days as with every transaction unseen.
WITH a AS (SELECT * FROM nem12_changed_days()), b AS (SELECT * FROM nem12_changed_days('3:3:'))
SELECT count(*) AS different FROM ((SELECT * FROM a EXCEPT SELECT * FROM b) UNION ALL (SELECT * FROM b EXCEPT SELECT * FROM a)) AS d
WHERE nmi LIKE '400800%';

-- A snapshot of another server: of the future, or with transactions of which this one knows nothing.
SELECT count(*) FROM nem12_changed_days('1:9000000000000:');
-- Rows that another server wrote count as of the transaction that brought them here.
BEGIN;
UPDATE nem12_file_days SET server_id = 1, xid = '3' WHERE file_id > :last_file;
SELECT count(*) FROM pg_temp.changed(:'arrived') WHERE nmi = '4008000001';
ROLLBACK;
-- A snapshot that lists nothing though something was running comes from a standby: what is not certain is reported.
SELECT split_part(:'loaded', ':', 1) || ':' || split_part(:'merged', ':', 2) || ':' AS of_standby \gset
SELECT count(*) > 0 AS reported FROM pg_temp.changed(:'of_standby');

DELETE FROM nem12_interval_days WHERE nmi LIKE '400800%';
DELETE FROM nem12_superseded_days WHERE nmi LIKE '400800%';
DELETE FROM nem12_file_days WHERE file_id > :last_file;
DELETE FROM nem12_b2b_details WHERE nmi LIKE '400800%';
DELETE FROM nem12_channel_details WHERE nmi LIKE '400800%';
DELETE FROM nem12_files WHERE file_id > :last_file;
DELETE FROM nem12_errors WHERE file_id > :last_file;
-- A file of more than a few NMIs refers to a list of them; two with the same NMIs to the same one.
BEGIN;
CREATE FUNCTION pg_temp.many(created text, date text, first integer, last integer) RETURNS text LANGUAGE sql AS $$
    SELECT status || ' ' || days_inserted || ' ' || days_staged FROM nem12_load(convert_to(concat_ws(E'\r\n', '100,NEM12,' || created || ',MDP1,Ret1',
        (SELECT string_agg('200,' || (4008000000 + n)::text || E',E1,1,E1,N1,METER1,kWh,30,20250601\r\n300,' || date || repeat(',1', 48) || ',A,,,20250301040506,', E'\r\n' ORDER BY n)
         FROM generate_series(first, last) n), '900', ''), 'UTF8'))
$$;
SELECT pg_temp.many('202503050000', '20250301', 10, 30), pg_temp.many('202503060000', '20250302', 10, 30), pg_temp.many('202503070000', '20250303', 10, 31), pg_temp.many('202503080000', '20250304', 10, 17);
SELECT f.first_date, l.list_id = first_value(l.list_id) OVER (ORDER BY f.file_id) AS same_list, cardinality(l.nmis) AS listed, f.nmis FROM nem12_file_days f LEFT JOIN nem12_nmi_lists l USING (list_id)
WHERE f.file_id > :last_file ORDER BY f.file_id;
SELECT interval_date, count(*), bool_and(change = 'new') FROM nem12_changed_days('3:3:') WHERE nmi LIKE '400800%' GROUP BY 1 ORDER BY 1;
-- Where there were too many to be listed, the months are read.
UPDATE nem12_file_days SET nmis = NULL, list_id = NULL WHERE file_id > :last_file;
SELECT interval_date, count(*), bool_and(change = 'new') FROM nem12_changed_days('3:3:') WHERE nmi LIKE '400800%' GROUP BY 1 ORDER BY 1;
ROLLBACK;

-- Months are made ahead of a load, at most 240 in one call: each holds locks until the transaction ends.
SET client_min_messages = warning;
DO $$
DECLARE
    month regclass;
BEGIN
    FOR month IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'nem12_interval_days'::regclass LOOP
        EXECUTE 'DROP TABLE ' || month;
    END LOOP;
END
$$;
CREATE FUNCTION pg_temp.months(first date, many integer) RETURNS date[] LANGUAGE sql AS $$
    SELECT array_agg((first + n * interval '1 month')::date) FROM generate_series(0, many - 1) AS n
$$;
\set SHOW_CONTEXT never
SELECT nem12_prepare_months(pg_temp.months('2001-01-31', 241));
SELECT nem12_prepare_months(pg_temp.months('1900-01-01', 3600));
SELECT count(*) FROM pg_inherits WHERE inhparent = 'nem12_interval_days'::regclass;
BEGIN;
SELECT nem12_prepare_months(pg_temp.months('2001-01-31', 240) || pg_temp.months('2001-01-01', 240) || NULL::date);
SELECT count(*) / 240 AS locks_a_month FROM pg_locks WHERE pid = pg_backend_pid();
COMMIT;
-- what is there already does not count
SELECT nem12_prepare_months(pg_temp.months('2001-01-01', 245));
SELECT nem12_prepare_months(pg_temp.months('2001-01-01', 245)), nem12_prepare_months('{}'), nem12_prepare_months(NULL);
-- for logical replication: the parent's identity is said, a partition's is its key
SELECT c.relreplident, i.indisprimary, count(*)
FROM pg_class c LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
WHERE c.oid = 'nem12_interval_days'::regclass OR c.oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'nem12_interval_days'::regclass)
GROUP BY 1, 2 ORDER BY 1;
DO $$
DECLARE
    month regclass;
BEGIN
    FOR month IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'nem12_interval_days'::regclass LOOP
        EXECUTE 'DROP TABLE ' || month;
    END LOOP;
END
$$;

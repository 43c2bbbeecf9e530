-- Safe mode: what the fast path cannot store is tried day by day; what still fails waits in staging.
SET client_min_messages = warning;
SELECT nem12_test.empty_store();

CREATE FUNCTION pg_temp.days(first_day date, last_day date, value text DEFAULT '1', created text DEFAULT '202403010000') RETURNS bytea LANGUAGE sql AS $$
    SELECT nem12_test.mdff(VARIADIC ARRAY['100,NEM12,' || created || ',MDA1,Ret1', '200,4001234567,E1,1,E1,N1,METSER123,kWh,30,']
        || (SELECT array_agg(nem12_test.day(to_char(d, 'YYYYMMDD'), value) ORDER BY d) FROM generate_series(first_day, last_day, '1 day') d)
        || ARRAY['900'])
$$;

-- a constraint of the user
ALTER TABLE nem12_interval_days ADD CONSTRAINT no_leap_day CHECK (to_char(interval_date, 'MMDD') <> '0229');
SELECT * FROM nem12_load(pg_temp.days('2024-02-20', '2024-03-05'), 'leap.csv');
SELECT count(*) FROM nem12_interval_days;
SELECT interval_date, reason, sqlstate, message FROM nem12_staging_days;
SELECT file_name, file_id, line_no, record_indicator, severity, code, sqlstate, message FROM nem12_errors;
-- days that exist are staged as ever, in safe mode too
SELECT * FROM nem12_load(pg_temp.days('2024-02-28', '2024-03-06', '2', '202403020000'), 'leap2.csv');
SELECT reason, count(*) FROM nem12_staging_days GROUP BY 1 ORDER BY 1;
SELECT * FROM nem12_merge_staging();
ALTER TABLE nem12_interval_days DROP CONSTRAINT no_leap_day;
SELECT * FROM nem12_merge_staging();
SELECT nem12_value("values", 1), count(*) FROM nem12_interval_days GROUP BY 1 ORDER BY 1;

-- a trigger that fails, on one partition
SELECT nem12_test.empty_store();
SELECT nem12_prepare_months('{2024-02-01}');
CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no February for %', NEW.nmi USING ERRCODE = 'P0F02'; END $$;
CREATE TRIGGER fail AFTER INSERT ON nem12_interval_days_2024_02 FOR EACH ROW EXECUTE FUNCTION fail();
SELECT * FROM nem12_load(pg_temp.days('2024-01-30', '2024-03-02'), 'february.csv');
SELECT to_char(interval_date, 'YYYY-MM'), count(*) FROM nem12_interval_days GROUP BY 1 ORDER BY 1;
SELECT reason, sqlstate, message, count(*) FROM nem12_staging_days GROUP BY 1, 2, 3;
SELECT code, sqlstate, count(*) FROM nem12_errors GROUP BY 1, 2;
SELECT * FROM nem12_merge_staging();
SELECT * FROM nem12_merge_staging(3);
DROP TRIGGER fail ON nem12_interval_days_2024_02;
SELECT * FROM nem12_merge_staging();
SELECT to_char(interval_date, 'YYYY-MM'), count(*) FROM nem12_interval_days GROUP BY 1 ORDER BY 1;
DROP FUNCTION fail();

-- an error inside a stream
SELECT nem12_test.empty_store();
ALTER TABLE nem12_interval_days ADD CONSTRAINT no_leap_day CHECK (to_char(interval_date, 'MMDD') <> '0229');
BEGIN;
SELECT nem12_load_begin('stream.csv');
SELECT nem12_load_chunk(pg_temp.days('2024-02-20', '2024-03-05'));
SELECT * FROM nem12_load_end();
COMMIT;
SELECT days_inserted, days_staged FROM nem12_files;
ALTER TABLE nem12_interval_days DROP CONSTRAINT no_leap_day;

-- cancelling is no failure of a day
SELECT nem12_test.empty_store();
CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$;
CREATE TRIGGER wait BEFORE INSERT ON nem12_interval_days FOR EACH ROW EXECUTE FUNCTION wait();
\set SHOW_CONTEXT never
SET statement_timeout = '200ms';
SELECT * FROM nem12_load(pg_temp.days('2024-02-20', '2024-03-05'));
RESET statement_timeout;
DROP TRIGGER wait ON nem12_interval_days;
DROP FUNCTION wait();
SELECT (SELECT count(*) FROM nem12_interval_days) AS days, nem12_staging_depth() AS staged, (SELECT count(*) FROM nem12_errors) AS errors;
SELECT nem12_test.empty_store();

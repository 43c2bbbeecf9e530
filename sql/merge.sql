-- nem12_merge_staging(): what it counts, keeps and leaves.
SET client_min_messages = warning;
SELECT nem12_test.empty_store();

CREATE FUNCTION pg_temp.send(created text, value text, minutes integer DEFAULT 30, updated text DEFAULT '20240301000000', quality text DEFAULT 'A,,',
                             events text[] DEFAULT '{}', first_day date DEFAULT '2024-01-01', last_day date DEFAULT '2024-01-01', serial text DEFAULT 'METSER123')
RETURNS TABLE (status text, days_inserted bigint, days_staged bigint) LANGUAGE sql AS $$
    SELECT status, days_inserted, days_staged FROM nem12_load(nem12_test.mdff(VARIADIC
        ARRAY['100,NEM12,' || created || ',MDA1,Ret1', format('200,4001234567,E1,1,E1,N1,%s,kWh,%s,', serial, minutes)]
        || (SELECT array_agg(line ORDER BY d, n) FROM generate_series(first_day, last_day, '1 day') d,
            unnest(nem12_test.day(to_char(d, 'YYYYMMDD'), value, minutes, updated, quality) || events) WITH ORDINALITY AS l(line, n))
        || ARRAY['900']), 'file ' || created || ' ' || value)
$$;
CREATE VIEW stored AS SELECT interval_date, nem12_count("values") AS n, nem12_value("values", 1) AS value, quality, events, file_id FROM nem12_interval_days;
CREATE VIEW lost AS SELECT interval_date, nem12_count("values") AS n, nem12_value("values", 1) AS value, file_id, won_by_file_id, outcome
FROM nem12_superseded_days ORDER BY superseded_id;

SELECT * FROM nem12_merge_staging();
SELECT * FROM pg_temp.send('202403010000', '1');

-- newer, from 30 to 5 minutes, with events
SELECT * FROM pg_temp.send('202403020000', '0.5', 5, quality => 'V,,', events => '{"400,1,200,A,,","400,201,288,F14,76,"}');
SELECT nmi, nmi_suffix, interval_date, reason, sqlstate, message FROM nem12_staging_days;
SELECT * FROM staging_meter_readings LIMIT 0;
SELECT count(*) FROM staging_meter_readings;
SELECT * FROM nem12_merge_staging();
SELECT * FROM stored;
SELECT count(*), sum(consumption), count(DISTINCT quality_method) FROM meter_readings;
-- and back: the events go with the day
SELECT * FROM pg_temp.send('202403030000', '3');
SELECT * FROM nem12_merge_staging();
SELECT * FROM stored;
-- older, equal, equal but for the MSATS time and the meter
SELECT * FROM pg_temp.send('202403020000', '9');
SELECT * FROM nem12_merge_staging();
SELECT * FROM pg_temp.send('202403030000', '3');
SELECT * FROM pg_temp.send('202403030000', '3', serial => 'METSER124');
SELECT * FROM nem12_merge_staging();
SELECT interval_date, n, value FROM stored;
-- the same times, something else: a conflict, decided by the SHA-256 and logged
SELECT * FROM pg_temp.send('202403030000', '4');
SELECT m.inserted, m.updated + m.discarded AS settled, m.remaining FROM nem12_merge_staging() m;
SELECT count(*) AS versions_of_equal_times, bool_and(f.sha256 <= s.sha256) AS greatest_is_stored
FROM nem12_files f, (SELECT sha256 FROM nem12_interval_days JOIN nem12_files USING (file_id)) s WHERE f.file_creation_date = '2024-03-03';
SELECT outcome, count(*) FROM nem12_superseded_days GROUP BY 1 ORDER BY 1;
SELECT severity, code, record_indicator, count(*) FROM nem12_errors GROUP BY 1, 2, 3;

-- several versions of a day wait: the best goes in, the others are kept; several calls of a few days
SELECT nem12_test.empty_store();
SELECT * FROM pg_temp.send('202403010000', '1', last_day => '2024-02-09');
SELECT * FROM pg_temp.send('202403030000', '3', last_day => '2024-01-20');
SELECT * FROM pg_temp.send('202403020000', '2', last_day => '2024-01-10');
SELECT * FROM nem12_merge_staging(5);
SELECT * FROM nem12_merge_staging(0);
SELECT * FROM nem12_merge_staging(10);
SELECT * FROM nem12_merge_staging();
SELECT * FROM nem12_merge_staging();
SELECT value, count(*) FROM stored GROUP BY 1 ORDER BY 1;
SELECT value, outcome, count(*) FROM lost GROUP BY 1, 2 ORDER BY 1, 2;

-- staged days without a stored one go in, their month is made
SELECT nem12_test.empty_store();
SELECT * FROM pg_temp.send('202403010000', '1', first_day => '2024-01-30', last_day => '2024-02-02');
SELECT * FROM pg_temp.send('202403020000', '2', first_day => '2024-01-30', last_day => '2024-02-02');
DROP TABLE nem12_interval_days_2024_02;
SELECT * FROM nem12_merge_staging();
SELECT value, count(*) FROM stored GROUP BY 1;

-- a constraint that one staged day breaks: it stays, with the reason, and holds nothing up
SELECT nem12_test.empty_store();
SELECT * FROM pg_temp.send('202403010000', '1', last_day => '2024-01-30');
SELECT * FROM pg_temp.send('202403020000', '2', last_day => '2024-01-30');
ALTER TABLE nem12_interval_days ADD CONSTRAINT not_that_day CHECK (interval_date <> '2024-01-05' OR nem12_max("values") < 2);
SELECT * FROM nem12_merge_staging(10);
SELECT * FROM nem12_merge_staging(10);
SELECT * FROM nem12_merge_staging(10);
SELECT * FROM nem12_merge_staging();
SELECT interval_date, reason, sqlstate, message FROM nem12_staging_days;
ALTER TABLE nem12_interval_days DROP CONSTRAINT not_that_day;
SELECT * FROM nem12_merge_staging();
SELECT value, count(*) FROM stored GROUP BY 1;

-- a trigger that drops rows silently: nothing is lost, nothing loops
SELECT nem12_test.empty_store();
CREATE FUNCTION ignore() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
SELECT * FROM pg_temp.send('202403010000', '1');
CREATE TRIGGER ignore BEFORE INSERT OR UPDATE ON nem12_interval_days FOR EACH ROW EXECUTE FUNCTION ignore();
SELECT * FROM pg_temp.send('202403010000', '1', first_day => '2024-01-01', last_day => '2024-01-02');
SELECT * FROM pg_temp.send('202403020000', '1', first_day => '2024-01-01', last_day => '2024-01-02');
SELECT * FROM nem12_merge_staging();
DROP TRIGGER ignore ON nem12_interval_days;
SELECT * FROM nem12_merge_staging();
DROP FUNCTION ignore();
-- the ledger row of a staged day is gone: its times count as unknown
SELECT nem12_test.empty_store();
SELECT * FROM pg_temp.send('202403010000', '1');
SELECT * FROM pg_temp.send('202403020000', '2');
DELETE FROM nem12_files WHERE file_id = 2;
SELECT * FROM nem12_merge_staging();
SELECT value FROM stored;
DROP VIEW stored, lost;
SELECT nem12_test.empty_store();

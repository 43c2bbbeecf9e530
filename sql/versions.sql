-- The current readings are a function of the set of files: not of their order, of merges between, of retries.
SET client_min_messages = warning;
SELECT nem12_test.empty_store();

-- Files that overlap: creation and update times that disagree, equal times with other and with equal content, no update time,
-- a day twice in one file, a change from 30 to 5 minutes.
CREATE TABLE file (id integer PRIMARY KEY, content bytea);
INSERT INTO file VALUES
(1, nem12_test.mdff('100,NEM12,202403010000,MDA1,Ret1',
    '200,4001234567,E1,1,E1,N1,METSER123,kWh,30,', nem12_test.day('20240101', '1'), nem12_test.day('20240102', '1'), nem12_test.day('20240103', '1'), '900')),
(2, nem12_test.mdff('100,NEM12,202403020000,MDA1,Ret1',
    '200,4001234567,E1,1,E1,N1,METSER123,kWh,5,', nem12_test.day('20240101', '0.2', 5, '20240201000000'), '900')),
(3, nem12_test.mdff('100,NEM12,202403010000,MDA1,Ret1',
    '200,4001234567,E1,1,E1,N1,METSER123,kWh,30,', nem12_test.day('20240102', '3', updated => '20240302000000'), nem12_test.day('20240103', '3'),
    '200,4001234567,E1,1,E1,N1,METSER123,kWh,30,', nem12_test.day('20240103', '3.5'), '900')),
(4, nem12_test.mdff('100,NEM12,202403010000,MDA1,Ret1',
    '200,4001234567,E1,1,E1,N1,METSER999,kWh,30,', nem12_test.day('20240103', '1'), nem12_test.day('20240104', '4', updated => ''), '900')),
(5, nem12_test.mdff('100,NEM12,202402010000,MDA1,Ret1',
    '200,4001234567,E1,1,E1,N1,METSER123,kWh,30,', nem12_test.day('20240102', '5', updated => '20240401000000'), nem12_test.day('20240104', '5', updated => '20240201000000'), '900'));

CREATE FUNCTION pg_temp.current_readings() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(concat_ws('|', d.nmi, d.nmi_suffix, d.interval_date, d.line_no, encode(f.sha256, 'hex'), d.update_datetime,
                                d.details_id, d.quality, d.events, d.values), E'\n' ORDER BY d.nmi, d.nmi_suffix, d.interval_date)
    FROM nem12_interval_days d JOIN nem12_files f USING (file_id)
$$;
-- DELETE is quicker than TRUNCATE for a few rows
CREATE PROCEDURE pg_temp.forget() LANGUAGE sql AS $$
    DELETE FROM nem12_files; DELETE FROM nem12_interval_days; DELETE FROM nem12_superseded_days; DELETE FROM nem12_errors;
$$;
CREATE TABLE outcome (permutation integer[], merges integer, readings text, versions bigint);
CREATE PROCEDURE pg_temp.try_all_orders() LANGUAGE plpgsql AS $$
DECLARE
    files integer[];
    merges integer; -- after each file, bit by bit
    loads integer;
BEGIN
    FOR files IN
        WITH RECURSIVE p(done, rest) AS (
            SELECT '{}'::integer[], ARRAY(SELECT id FROM file)
            UNION ALL
            SELECT done || x, array_remove(rest, x) FROM p, unnest(rest) AS x
        ) SELECT done FROM p WHERE cardinality(rest) = 0
    LOOP
        merges := (files[1] * 7 + files[2] * 13 + files[3] * 5) % 32;
        CALL pg_temp.forget();
        FOR i IN 1 .. cardinality(files) LOOP
            FOR loads IN 1 .. 1 + i % 2 LOOP -- some are sent twice
                PERFORM nem12_load((SELECT content FROM file WHERE id = files[i]));
            END LOOP;
            IF merges & (1 << i) <> 0 THEN
                PERFORM nem12_merge_staging();
            END IF;
        END LOOP;
        PERFORM nem12_merge_staging();
        INSERT INTO outcome VALUES (files, merges, pg_temp.current_readings(),
                                (SELECT count(*) FROM nem12_interval_days) + (SELECT count(*) FROM nem12_superseded_days));
        ASSERT nem12_staging_depth() = 0;
    END LOOP;
END
$$;
CALL pg_temp.try_all_orders();
SELECT count(*) AS tries, count(DISTINCT readings) AS results, min(versions) AS versions, max(versions) FROM outcome;
SELECT interval_date, nem12_count("values"), nem12_value("values", 1), file_creation_date, update_datetime, line_no
FROM nem12_interval_days JOIN nem12_files USING (file_id) ORDER BY 1;
SELECT count(*), count(DISTINCT "timestamp") FROM meter_readings WHERE "timestamp" >= '2024-01-01' AND "timestamp" < '2024-01-02';

-- the market's own version stamp first
TRUNCATE outcome;
SET nem12.version_order = 'update_datetime';
CALL pg_temp.try_all_orders();
SELECT count(*) AS tries, count(DISTINCT readings) AS results, min(versions) AS versions, max(versions) FROM outcome;
SELECT interval_date, nem12_count("values"), nem12_value("values", 1), file_creation_date, update_datetime, line_no
FROM nem12_interval_days JOIN nem12_files USING (file_id) ORDER BY 1;
RESET nem12.version_order;
DROP TABLE file, outcome;
SELECT nem12_test.empty_store();

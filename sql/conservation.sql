-- The law of conservation: what is read is stored or staged, or nothing of the file is. Triggers of a user that drop rows stand
-- for whatever may lose one.
SET client_min_messages = warning;
TRUNCATE nem12_files, nem12_channel_details, nem12_interval_days, nem12_staging_days, nem12_superseded_days,
         nem12_b2b_details, nem12_accumulation_reads, nem12_staging_reads, nem12_superseded_reads, nem12_errors
RESTART IDENTITY;
CREATE VIEW pg_temp.kept AS
    SELECT (SELECT count(*) FROM nem12_files) AS files, (SELECT count(*) FROM nem12_interval_days) AS days,
           (SELECT count(*) FROM nem12_staging_days) AS staged, (SELECT count(*) FROM nem12_b2b_details) AS b2b,
           (SELECT count(*) FROM nem12_accumulation_reads) AS reads, (SELECT count(*) FROM nem12_errors) AS errors;
CREATE TABLE pg_temp.contents AS
    SELECT nem12_test.mdff('100,NEM12,202403010000,MDA1,Ret1', '200,4001234567,E1,1,E1,N1,METSER123,kWh,30,', nem12_test.day('20240101', '1'),
                        '500,S,RETNSRVCEORD1,20240101103000,001123.5', '500,O,RETNSRVCEORD2,,', nem12_test.day('20240102', '1'), '900') AS nem12,
           nem12_test.mdff('100,NEM13,202404030000,MDA1,Ret1', '250,4001234567,1141,01,11,11,METSER66,E,00100,20240101000000,A,,,00123,'
                        '20240401000000,A,,,1023.10,kWh,20240701,20240402000000,', '900') AS nem13;
CREATE FUNCTION drop_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RETURN CASE WHEN to_jsonb(NEW) @> TG_ARGV[0]::jsonb THEN NULL ELSE NEW END;
END
$$;

-- a 500 of two
CREATE TRIGGER drop_row BEFORE INSERT ON nem12_b2b_details FOR EACH ROW EXECUTE FUNCTION drop_row('{"trans_code": "O"}');
SELECT status FROM pg_temp.contents, nem12_load(nem12);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pg_temp.kept;
-- nor is anything kept of a file that is loaded by and by, or of one whose invalid records may be skipped
SELECT status FROM pg_temp.contents, nem12_load(nem12, 'skip.csv', 'skip');
BEGIN;
SELECT nem12_load_begin('stream.csv');
SELECT count(nem12_load_chunk(nem12)) FROM pg_temp.contents;
SELECT status FROM nem12_load_end();
ROLLBACK;
SELECT * FROM pg_temp.kept;
DROP TRIGGER drop_row ON nem12_b2b_details;

-- a day that the table does not take is staged; that is no loss
CREATE TRIGGER drop_row BEFORE INSERT ON nem12_interval_days FOR EACH ROW EXECUTE FUNCTION drop_row('{"interval_date": "2024-01-02"}');
BEGIN;
SELECT status, days_inserted, days_staged FROM pg_temp.contents, nem12_load(nem12);
SELECT * FROM pg_temp.kept;
ROLLBACK;
-- unless it is not there either
CREATE TRIGGER drop_row BEFORE INSERT ON nem12_staging_days FOR EACH ROW EXECUTE FUNCTION drop_row('{}');
SELECT status FROM pg_temp.contents, nem12_load(nem12);
\echo :LAST_ERROR_SQLSTATE
DROP TRIGGER drop_row ON nem12_interval_days;
DROP TRIGGER drop_row ON nem12_staging_days;

-- likewise accumulation reads
CREATE TRIGGER drop_row BEFORE INSERT ON nem12_accumulation_reads FOR EACH ROW EXECUTE FUNCTION drop_row('{}');
CREATE TRIGGER drop_row BEFORE INSERT ON nem12_staging_reads FOR EACH ROW EXECUTE FUNCTION drop_row('{}');
SELECT status FROM pg_temp.contents, nem12_load(nem13);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pg_temp.kept;
DROP FUNCTION drop_row() CASCADE;

-- without the triggers both are loaded, and add up
SELECT status, days_inserted, accumulation_reads FROM pg_temp.contents, nem12_load(nem12);
SELECT status, days_inserted, accumulation_reads FROM pg_temp.contents, nem12_load(nem13);
SELECT * FROM pg_temp.kept;
DELETE FROM nem12_files;
TRUNCATE nem12_interval_days, nem12_b2b_details, nem12_accumulation_reads, nem12_channel_details;

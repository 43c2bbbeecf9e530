-- A column that an upgrade appends, or the user, is in nobody's way: files are loaded, delivered again, merged and exported as
-- before. Each table gets some, in several orders, and two of them are computed.
SET client_min_messages = warning;
BEGIN;
CREATE FUNCTION pg_temp.deliver(created text, value text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT l.status || l.days_inserted || '/' || l.days_staged FROM nem12_load(nem12_test.mdff('100,NEM12,' || created || ',MDA1,Ret1',
        '200,4001000001,E1B1,1,E1,N1,METSER123,kWh,30,20240601', nem12_test.days('2024-01-30', '2024-02-02', value),
        '500,O,S01009,20240202120000,001123.5', '900')) l
    UNION ALL
    SELECT l.status || l.accumulation_reads FROM nem12_load(nem12_test.mdff('100,NEM13,' || created || ',MDA1,Ret1',
        '250,4001000001,1141,01,11,11,M1,E,00100,20240101000000,A,,,00123,20240401000000,A,,,' || value || ',kWh,20240701,20240402000000,',
        '550,N,,A,', '900')) l
$$;
CREATE FUNCTION pg_temp.history() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    told text := '';
BEGIN
    PERFORM nem12_test.empty_store(), nem12_prepare_months('{2024-01-01,2024-02-01}');
    told := (SELECT string_agg(d, ' ') FROM pg_temp.deliver('202404030000', '1.5') d);
    told := told || (SELECT string_agg(d, ' ') FROM pg_temp.deliver('202404040000', '2.5') d); -- newer
    told := told || (SELECT string_agg(d, ' ') FROM pg_temp.deliver('202404020000', '0.5') d); -- older
    told := told || (SELECT m::text FROM nem12_merge_staging() m);
    told := told || (SELECT string_agg(e, E'\n' ORDER BY n) FROM nem12_export(created => '2024-05-01') WITH ORDINALITY AS x(e, n));
    told := told || (SELECT string_agg(e, E'\n' ORDER BY n) FROM nem12_export_reads(created => '2024-05-01') WITH ORDINALITY AS x(e, n));
    told := told || (SELECT string_agg(concat_ws(' ', interval_date, status, outcome, file_creation_date), E'\n' ORDER BY interval_date, file_id)
                     FROM nem12_day_versions);
    RETURN told || (SELECT count(*) FROM nem12_superseded_reads) || (SELECT count(*) FROM nem12_errors);
END
$$;
CREATE TABLE told (how text, history text);
INSERT INTO told SELECT 'as created', pg_temp.history();
DO $$
DECLARE
    data_table text;
    number integer := 0;
BEGIN
    FOREACH data_table IN ARRAY ARRAY['files', 'channel_details', 'interval_days', 'staging_days', 'superseded_days', 'merged_days',
                                      'b2b_details', 'accumulation_reads', 'staging_reads', 'superseded_reads', 'errors'] LOOP
        number := number + 1;
        EXECUTE format('ALTER TABLE nem12_%s ADD %I text, ADD %I integer DEFAULT 7', data_table, 'a' || number % 2, 'b' || number % 2);
        EXECUTE format('ALTER TABLE nem12_%s DROP %I', data_table, 'b' || number % 2);
    END LOOP;
END $$;
INSERT INTO told SELECT 'columns added', pg_temp.history();
ALTER TABLE nem12_interval_days ADD total numeric GENERATED ALWAYS AS (nem12_sum("values")) STORED;
ALTER TABLE nem12_accumulation_reads ADD letters integer GENERATED ALWAYS AS (length(uom)) STORED;
INSERT INTO told SELECT 'columns computed', pg_temp.history();
ALTER TABLE nem12_staging_days ADD total numeric GENERATED ALWAYS AS (nem12_sum("values")) STORED;
ALTER TABLE nem12_superseded_days ADD total numeric GENERATED ALWAYS AS (nem12_sum("values")) STORED;
ALTER TABLE nem12_staging_reads ADD letters integer GENERATED ALWAYS AS (length(uom)) STORED;
ALTER TABLE nem12_superseded_reads ADD letters integer GENERATED ALWAYS AS (length(uom)) STORED;
INSERT INTO told SELECT 'columns computed everywhere', pg_temp.history();
SELECT how, history = first_value(history) OVER () AS same, history LIKE '%200,4001000001,E1B1%' AS exported FROM told;
SELECT count(total), count(DISTINCT total) FROM nem12_interval_days;
SELECT left(history, 100) FROM told LIMIT 1;
ROLLBACK;

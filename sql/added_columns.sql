-- A column that an upgrade appends, or the user, is in nobody's way: files are loaded, delivered again, merged and exported as
-- before, and without statements where the columns have neither a default nor a formula. Each table gets some, in several orders.
SET client_min_messages = warning;
SET track_functions = pl; -- counts the calls that end well
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
CREATE FUNCTION pg_temp.history(change text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    told text := '';
BEGIN
    PERFORM nem12_test.empty_store(), nem12_prepare_months('{2024-01-01,2024-02-01}');
    told := (SELECT string_agg(d, ' ') FROM pg_temp.deliver('202404030000', '1.5') d);
    told := told || (SELECT string_agg(d, ' ') FROM pg_temp.deliver('202404040000', '2.5') d); -- newer
    told := told || (SELECT string_agg(d, ' ') FROM pg_temp.deliver('202404020000', '0.5') d); -- older
    EXECUTE change;
    told := told || (SELECT m::text FROM nem12_merge_staging() m);
    told := told || (SELECT string_agg(e, E'\n' ORDER BY n) FROM nem12_export(created => '2024-05-01') WITH ORDINALITY AS x(e, n));
    told := told || (SELECT string_agg(e, E'\n' ORDER BY n) FROM nem12_export_reads(created => '2024-05-01') WITH ORDINALITY AS x(e, n));
    told := told || (SELECT string_agg(concat_ws(' ', interval_date, status, outcome, file_creation_date), E'\n' ORDER BY interval_date, file_id)
                     FROM nem12_day_versions);
    RETURN told || (SELECT count(*) FROM nem12_superseded_reads) || (SELECT count(*) FROM nem12_errors);
END
$$;
CREATE TABLE told (how text, history text, loads text, merge text);
-- `change` comes between the loads and the merge.
CREATE FUNCTION pg_temp.tell(how text, change text DEFAULT 'SELECT') RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    before record;
    merges CONSTANT text := 'SELECT coalesce(sum(calls), 0) FROM pg_stat_xact_user_functions WHERE funcname = ''nem12_merge_days_by_statement''';
    merges_before bigint;
    merges_after bigint;
    history text;
BEGIN
    SELECT * INTO before FROM nem12_batches_stored();
    EXECUTE merges INTO merges_before;
    history := pg_temp.history(change);
    EXECUTE merges INTO merges_after;
    INSERT INTO told SELECT how, history, format('%s direct, %s by statement', s.directly - before.directly, s.by_statement - before.by_statement),
                            CASE WHEN merges_after > merges_before THEN 'statement' ELSE 'direct' END
    FROM nem12_batches_stored() s;
END
$$;
SELECT pg_temp.tell('as created');
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
SELECT pg_temp.tell('columns added', 'UPDATE nem12_interval_days SET a1 = interval_date');
SELECT a1 = interval_date::text AS kept, count(*) FROM nem12_interval_days GROUP BY 1; -- by the merge, which replaces these days
-- two of ours where an upgrade would have appended them
ALTER TABLE nem12_staging_days RENAME message TO old_message;
ALTER TABLE nem12_staging_days RENAME msats_load_datetime TO old_datetime;
ALTER TABLE nem12_staging_days ADD message text, ADD msats_load_datetime timestamp;
ALTER TABLE nem12_superseded_days RENAME msats_load_datetime TO old_datetime;
ALTER TABLE nem12_superseded_days ADD msats_load_datetime timestamp;
SELECT pg_temp.tell('columns elsewhere');
ALTER TABLE nem12_superseded_days ADD c text DEFAULT 'x';
SELECT pg_temp.tell('a default of superseded days');
ALTER TABLE nem12_superseded_days DROP c;
ALTER TABLE nem12_interval_days ADD total numeric GENERATED ALWAYS AS (nem12_sum("values")) STORED;
ALTER TABLE nem12_accumulation_reads ADD letters integer GENERATED ALWAYS AS (length(uom)) STORED;
SELECT pg_temp.tell('columns computed');
ALTER TABLE nem12_staging_days ADD total numeric GENERATED ALWAYS AS (nem12_sum("values")) STORED;
ALTER TABLE nem12_superseded_days ADD total numeric GENERATED ALWAYS AS (nem12_sum("values")) STORED;
ALTER TABLE nem12_staging_reads ADD letters integer GENERATED ALWAYS AS (length(uom)) STORED;
ALTER TABLE nem12_superseded_reads ADD letters integer GENERATED ALWAYS AS (length(uom)) STORED;
SELECT pg_temp.tell('columns computed everywhere');
SELECT how, loads, merge, history = first_value(history) OVER () AS same, history LIKE '%200,4001000001,E1B1%' AS exported FROM told;
SELECT count(total), count(DISTINCT total) FROM nem12_interval_days;
SELECT left(history, 100) FROM told LIMIT 1;
ROLLBACK;

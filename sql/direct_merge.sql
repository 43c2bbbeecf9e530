-- Days are merged without statements where the tables allow it, by a statement where they do not. Each case here is merged both ways (a
-- trigger that does nothing forces the second) and has to end the same.
SET client_min_messages = error;
SET track_functions = pl; -- counts the calls that end well
CREATE FUNCTION pg_temp.channel(nmi text) RETURNS text LANGUAGE sql AS $$
    SELECT format('200,%s,E1,1,E1,N1,METSER123,kWh,30,20240601', nmi)
$$;
CREATE FUNCTION pg_temp.pass_on() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN coalesce(NEW, OLD); END $$;

-- Two channels over two months; newer, older and conflicting versions of some of the days, one too long for a page, and a day that is
-- staged but not stored.
CREATE FUNCTION pg_temp.deliver() RETURNS void LANGUAGE sql AS $$
    SELECT nem12_load(nem12_test.mdff('100,NEM12,202403010000,MDA1,Ret1',
        pg_temp.channel('4001000001'), nem12_test.days('2024-01-30', '2024-02-06', '1.5'),
        pg_temp.channel('4001000002'), nem12_test.days('2024-01-30', '2024-02-01', '1'), '900'));
    SELECT nem12_load(nem12_test.mdff('100,NEM12,202403020000,MDA1,Ret1',
        pg_temp.channel('4001000002'), nem12_test.days('2024-01-31', '2024-02-01', '2'),
        pg_temp.channel('4001000001'), nem12_test.days('2024-01-30', '2024-02-02', '2'),
        '300,20240203' || repeat(',0.123', 48) || ',V,,,20240301000000,',
        (SELECT string_agg(format('400,%s,%s,S14,0,%s', n, n, repeat(md5(n::text), 7)), E'\r\n' ORDER BY n) FROM generate_series(1, 48) AS n),
        nem12_test.days('2024-02-04', '2024-02-04', '2'), '900'));
    SELECT nem12_load(nem12_test.mdff('100,NEM12,202402010000,MDA1,Ret1',
        pg_temp.channel('4001000001'), nem12_test.days('2024-01-31', '2024-02-05', '3'), '900'));
    SELECT nem12_load(nem12_test.mdff('100,NEM12,202403010000,MDA1,Ret1',
        pg_temp.channel('4001000001'), nem12_test.days('2024-02-05', '2024-02-06', '4'), '900'));
    DELETE FROM nem12_interval_days WHERE nmi = '4001000002' AND interval_date = '2024-01-31';
$$;
CREATE FUNCTION pg_temp.stored() RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(E'\n',
        (SELECT string_agg(to_jsonb(d)::text, E'\n' ORDER BY nmi, interval_date) FROM nem12_interval_days d),
        (SELECT string_agg((to_jsonb(s) - '{staging_id,staged_at}'::text[])::text, E'\n' ORDER BY nmi, interval_date, file_id) FROM nem12_staging_days s),
        (SELECT string_agg((to_jsonb(s) - '{superseded_id,superseded_at,merge_id}'::text[])::text || (merge_id IS NULL), E'\n' ORDER BY nmi, interval_date, file_id)
         FROM nem12_superseded_days s),
        (SELECT string_agg((to_jsonb(m) - 'merge_id')::text, E'\n' ORDER BY nmi, interval_date) FROM nem12_merged_days m),
        (SELECT string_agg((to_jsonb(e) - '{error_id,occurred_at}'::text[])::text, E'\n' ORDER BY file_id, line_no) FROM nem12_errors e))
$$;
CREATE FUNCTION pg_temp.calls(name text) RETURNS bigint LANGUAGE sql AS $$
    SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_xact_user_functions WHERE funcname = name
$$;
CREATE FUNCTION pg_temp.both_ways(change text, undo text DEFAULT '') RETURNS TABLE (
    way text, result text, failed bigint, conflicts bigint, same boolean) LANGUAGE plpgsql AS $$
DECLARE
    merges bigint;
    statements bigint;
    directly text;
BEGIN
    PERFORM nem12_test.empty_store(), nem12_prepare_months('{2024-01-01,2024-02-01}');
    EXECUTE change;
    PERFORM pg_temp.deliver();
    merges := pg_temp.calls('nem12_merge_days');
    statements := pg_temp.calls('nem12_merge_days_by_statement');
    result := nem12_merge_staging();
    merges := pg_temp.calls('nem12_merge_days') - merges;
    statements := pg_temp.calls('nem12_merge_days_by_statement') - statements;
    way := CASE WHEN statements = 0 THEN 'direct' WHEN statements = merges THEN 'statement' ELSE 'both' END;
    directly := result || pg_temp.stored();
    SELECT count(*) FILTER (WHERE sqlstate IS NOT NULL) INTO failed FROM nem12_staging_days;
    SELECT count(*) INTO conflicts FROM nem12_errors WHERE code = 'version_conflict';
    TRUNCATE nem12_files, nem12_channel_details, nem12_interval_days, nem12_staging_days, nem12_superseded_days, nem12_merges,
             nem12_merged_days, nem12_errors RESTART IDENTITY;
    PERFORM pg_temp.deliver();
    CREATE TRIGGER a_pass_on BEFORE INSERT ON nem12_superseded_days FOR EACH ROW EXECUTE FUNCTION pg_temp.pass_on();
    same := nem12_merge_staging()::text || pg_temp.stored() = directly;
    DROP TRIGGER a_pass_on ON nem12_superseded_days;
    EXECUTE undo;
    RETURN NEXT;
END
$$;

SELECT * FROM pg_temp.both_ways('');
SET nem12.version_order = 'update_datetime';
SELECT * FROM pg_temp.both_ways('');
RESET nem12.version_order;

-- what it writes like the executor does
SELECT * FROM pg_temp.both_ways('CREATE INDEX extra ON nem12_interval_days (file_id)', 'DROP INDEX extra');
SELECT * FROM pg_temp.both_ways('CREATE INDEX extra ON nem12_superseded_days (nem12_sum("values")) WHERE outcome = ''older''', 'DROP INDEX extra');
SELECT * FROM pg_temp.both_ways('ALTER TABLE nem12_interval_days_2024_02 SET UNLOGGED');
SELECT * FROM pg_temp.both_ways('CREATE PUBLICATION extra FOR TABLE nem12_interval_days, nem12_staging_days', 'DROP PUBLICATION extra');
SELECT * FROM pg_temp.both_ways('DROP TABLE nem12_interval_days_2024_02;
    CREATE TABLE nem12_interval_days_2024_02 PARTITION OF nem12_interval_days FOR VALUES FROM (''2024-02-01'') TO (''2024-03-01'') PARTITION BY HASH (nmi);
    CREATE TABLE half_0 PARTITION OF nem12_interval_days_2024_02 (PRIMARY KEY (nmi, nmi_suffix, interval_date)) FOR VALUES WITH (MODULUS 2, REMAINDER 0);
    CREATE TABLE half_1 PARTITION OF nem12_interval_days_2024_02 (PRIMARY KEY (nmi, nmi_suffix, interval_date)) FOR VALUES WITH (MODULUS 2, REMAINDER 1)');
-- columns in another order
SELECT * FROM pg_temp.both_ways('ALTER TABLE nem12_interval_days DETACH PARTITION nem12_interval_days_2024_02; DROP TABLE nem12_interval_days_2024_02;
    CREATE TABLE nem12_interval_days_2024_02 ("values" nem12_values NOT NULL, events text NOT NULL, quality text NOT NULL, details_id integer NOT NULL,
        msats_load_datetime timestamp, update_datetime timestamp, file_id bigint NOT NULL, line_no integer NOT NULL, nmi text COLLATE "C",
        nmi_suffix text COLLATE "C", interval_date date, PRIMARY KEY (nmi, nmi_suffix, interval_date));
    ALTER TABLE nem12_interval_days ATTACH PARTITION nem12_interval_days_2024_02 FOR VALUES FROM (''2024-02-01'') TO (''2024-03-01'')');

-- what fails, fails in the statement too, and stays staged with the reason
SELECT * FROM pg_temp.both_ways('ALTER TABLE nem12_interval_days ADD CONSTRAINT extra CHECK (interval_date <> ''2024-02-04'' OR nem12_max("values") < 2)',
                                'ALTER TABLE nem12_interval_days DROP CONSTRAINT extra');
SELECT * FROM pg_temp.both_ways('ALTER TABLE nem12_superseded_days ADD CONSTRAINT extra CHECK (outcome <> ''conflict'')',
                                'ALTER TABLE nem12_superseded_days DROP CONSTRAINT extra');
SELECT * FROM pg_temp.both_ways('CREATE UNIQUE INDEX extra ON nem12_interval_days_2024_02 (nmi, interval_date, (nem12_max("values"))) WHERE nem12_max("values") < 2');

-- what only the executor does
SELECT * FROM pg_temp.both_ways('CREATE TRIGGER extra BEFORE UPDATE ON nem12_interval_days_2024_02 FOR EACH ROW EXECUTE FUNCTION pg_temp.pass_on()');
SELECT * FROM pg_temp.both_ways('CREATE TRIGGER extra BEFORE DELETE ON nem12_staging_days FOR EACH ROW EXECUTE FUNCTION pg_temp.pass_on()',
                                'DROP TRIGGER extra ON nem12_staging_days');
SELECT * FROM pg_temp.both_ways('ALTER TABLE nem12_superseded_days ENABLE ROW LEVEL SECURITY', 'ALTER TABLE nem12_superseded_days DISABLE ROW LEVEL SECURITY');
SELECT * FROM pg_temp.both_ways('ALTER TABLE nem12_files ENABLE ROW LEVEL SECURITY', 'ALTER TABLE nem12_files DISABLE ROW LEVEL SECURITY');
SELECT * FROM pg_temp.both_ways('CREATE RULE extra AS ON INSERT TO nem12_merged_days DO ALSO NOTHING', 'DROP RULE extra ON nem12_merged_days');
SELECT * FROM pg_temp.both_ways('DROP INDEX nem12_staging_days_queue', 'CREATE INDEX nem12_staging_days_queue ON nem12_staging_days (staging_id)');
-- other types, which the executor converts to, and children, which it reads too
BEGIN;
SELECT * FROM pg_temp.both_ways('ALTER TABLE nem12_superseded_days ALTER superseded_id TYPE numeric');
ROLLBACK;
BEGIN;
SELECT * FROM pg_temp.both_ways('ALTER TABLE nem12_staging_days ALTER staging_id TYPE numeric');
ROLLBACK;
BEGIN;
SELECT * FROM pg_temp.both_ways('CREATE TABLE extra () INHERITS (nem12_staging_days)');
ROLLBACK;
-- a NULL where there should be none
BEGIN;
SELECT nem12_test.empty_store(), nem12_prepare_months('{2024-01-01,2024-02-01}');
ALTER TABLE nem12_staging_days ALTER "values" DROP NOT NULL;
SELECT pg_temp.deliver();
UPDATE nem12_staging_days SET "values" = NULL WHERE file_id = 4;
UPDATE nem12_files SET sha256 = decode(repeat('ff', 32), 'hex') WHERE file_id = 1; -- wins
SELECT nem12_merge_staging();
SELECT interval_date, file_id, sqlstate FROM nem12_staging_days ORDER BY 1, 2;
ROLLBACK;
-- columns of the user
BEGIN;
SELECT * FROM pg_temp.both_ways('ALTER TABLE nem12_superseded_days ADD extra text DEFAULT ''kept''');
SELECT extra, count(*) FROM nem12_superseded_days GROUP BY 1;
ROLLBACK;
BEGIN;
SELECT * FROM pg_temp.both_ways('ALTER TABLE nem12_merged_days ADD extra text NOT NULL');
ROLLBACK;
BEGIN;
SELECT * FROM pg_temp.both_ways('ALTER TABLE nem12_superseded_days ADD gone integer, ADD extra text; ALTER TABLE nem12_superseded_days DROP gone;
    ALTER TABLE nem12_merged_days ADD extra text; ALTER TABLE nem12_staging_days ADD extra text');
ROLLBACK;

-- called by hand, with whatever relation
SELECT m.inserted FROM nem12_merge_days_directly('nem12_files', 'nem12_staging_days', 'nem12_superseded_days', 'nem12_merged_days', 'nem12_files',
    'nem12_superseded_days_superseded_id_seq', '{1}', 1, false) m;
SELECT m.inserted FROM nem12_merge_days_directly('nem12_interval_days', 'nem12_staging_days', 'nem12_superseded_days', 'nem12_merged_days', 'nem12_files',
    'nem12_superseded_days_superseded_id_seq', '{3,NULL,1}', 1, false) m;
SELECT nem12_test.empty_store();

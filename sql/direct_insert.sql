-- Days go in the way COPY writes them where the table allows it, by a statement where it does not. Each case here is loaded both
-- ways (a trigger that does nothing forces the second) and has to end the same.
SET client_min_messages = error;
CREATE FUNCTION pg_temp.channel(nmi text, suffix text DEFAULT 'E1') RETURNS text LANGUAGE sql AS $$
    SELECT format('200,%s,E1B1,1,%s,N1,METSER123,kWh,30,20240601', nmi, suffix)
$$;
CREATE FUNCTION pg_temp.pass_on() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;

-- Two files: two channels over two months with a day too long for a page; then days that are stored, new ones, and one twice.
CREATE FUNCTION pg_temp.load_both() RETURNS text LANGUAGE sql AS $$
    SELECT nem12_load(nem12_test.mdff('100,NEM12,202403010000,MDA1,Ret1',
               pg_temp.channel('4001000001'), nem12_test.days('2024-01-30', '2024-02-02', '1.5'),
               '300,20240203' || repeat(',0.123', 48) || ',V,,,20240301000000,',
               (SELECT string_agg(format('400,%s,%s,S14,0,%s', n, n, repeat(md5(n::text), 7)), E'\r\n' ORDER BY n) FROM generate_series(1, 48) AS n),
               pg_temp.channel('4001000002'), nem12_test.days('2024-01-31', '2024-02-01', '2'), '900'))::text
        || nem12_load(nem12_test.mdff('100,NEM12,202403020000,MDA1,Ret1',
               pg_temp.channel('4001000001'), nem12_test.days('2024-02-02', '2024-02-05', '3'),
               pg_temp.channel('4001000002'), nem12_test.days('2024-02-05', '2024-02-05', '4'),
               pg_temp.channel('4001000001', 'B1'), nem12_test.days('2024-02-05', '2024-02-05', '5'),
               pg_temp.channel('4001000001', 'B1'), nem12_test.days('2024-02-05', '2024-02-06', '6'), '900'))::text
$$;
CREATE FUNCTION pg_temp.stored() RETURNS text LANGUAGE sql AS $$
    SELECT concat((SELECT string_agg(to_jsonb(d)::text, E'\n' ORDER BY nmi, nmi_suffix, interval_date, line_no) FROM nem12_interval_days d), E'\n',
        (SELECT string_agg((to_jsonb(s) - 'staged_at')::text, E'\n' ORDER BY staging_id) FROM nem12_staging_days s), E'\n',
        (SELECT string_agg((to_jsonb(e) - 'occurred_at')::text, E'\n' ORDER BY error_id) FROM nem12_errors e))
$$;
CREATE FUNCTION pg_temp.in_safe_mode() RETURNS boolean LANGUAGE sql AS $$
    SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = 1852140849 AND objid = 2 AND pid = pg_backend_pid())
$$;
CREATE FUNCTION pg_temp.both_ways(change text, undo text DEFAULT '') RETURNS TABLE (
    way text, result text, days bigint, staged bigint, failed bigint, same boolean) LANGUAGE plpgsql AS $$
DECLARE
    statements bigint;
    directly text;
BEGIN
    PERFORM nem12_test.empty_store(), nem12_prepare_months('{2024-01-01,2024-02-01}');
    EXECUTE change;
    statements := (SELECT by_statement FROM nem12_batches_stored());
    result := pg_temp.load_both();
    way := CASE WHEN pg_temp.in_safe_mode() THEN 'day by day'
                WHEN (SELECT by_statement FROM nem12_batches_stored()) > statements THEN 'statement' ELSE 'direct' END;
    directly := result || pg_temp.stored();
    SELECT count(*) INTO days FROM nem12_interval_days;
    SELECT count(*) FILTER (WHERE reason = 'day_exists'), count(*) FILTER (WHERE reason = 'insert_failed') INTO staged, failed
    FROM nem12_staging_days;
    TRUNCATE nem12_files, nem12_channel_details, nem12_interval_days, nem12_staging_days, nem12_errors RESTART IDENTITY;
    CREATE TRIGGER a_pass_on BEFORE INSERT ON nem12_interval_days FOR EACH ROW EXECUTE FUNCTION pg_temp.pass_on();
    same := pg_temp.load_both() || pg_temp.stored() = directly;
    DROP TRIGGER a_pass_on ON nem12_interval_days;
    EXECUTE undo;
    RETURN NEXT;
END
$$;

SELECT * FROM pg_temp.both_ways('');
SELECT max(length(events)) AS events, bool_or(pg_relation_size(c.reltoastrelid) > 0) AS toasted
FROM nem12_interval_days d JOIN pg_class c ON c.oid = d.tableoid;

-- what it writes like COPY does
SELECT * FROM pg_temp.both_ways('CREATE INDEX extra ON nem12_interval_days (file_id)', 'DROP INDEX extra');
SELECT * FROM pg_temp.both_ways('CREATE INDEX extra ON nem12_interval_days (nem12_sum("values")) WHERE nmi_suffix = ''E1''', 'DROP INDEX extra');
SELECT * FROM pg_temp.both_ways('ALTER TABLE nem12_interval_days ADD CONSTRAINT extra CHECK (line_no > 0 AND tableoid > 0)',
                                'ALTER TABLE nem12_interval_days DROP CONSTRAINT extra');
SELECT * FROM pg_temp.both_ways('ALTER TABLE nem12_interval_days_2024_02 SET UNLOGGED');
SELECT * FROM pg_temp.both_ways('CREATE PUBLICATION extra FOR TABLE nem12_interval_days', 'DROP PUBLICATION extra');
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

-- what fails, fails in the statement too, and then day by day
SELECT * FROM pg_temp.both_ways('ALTER TABLE nem12_interval_days ADD CONSTRAINT extra CHECK (interval_date <> ''2024-02-03'')',
                                'ALTER TABLE nem12_interval_days DROP CONSTRAINT extra');
SELECT * FROM pg_temp.both_ways('ALTER TABLE nem12_interval_days ALTER msats_load_datetime SET NOT NULL',
                                'ALTER TABLE nem12_interval_days ALTER msats_load_datetime DROP NOT NULL');
-- a key of the user: what it refuses is there already
SELECT * FROM pg_temp.both_ways('CREATE UNIQUE INDEX extra ON nem12_interval_days (interval_date, nmi_suffix)', 'DROP INDEX extra');
SELECT * FROM pg_temp.both_ways('CREATE UNIQUE INDEX extra ON nem12_interval_days_2024_02 ((nem12_value("values", 1)))');

-- what only the executor does
SELECT * FROM pg_temp.both_ways('CREATE FUNCTION change() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN NEW.quality := ''A,1''; RETURN NEW; END $f$;
    CREATE TRIGGER extra BEFORE INSERT ON nem12_interval_days_2024_02 FOR EACH ROW EXECUTE FUNCTION change()', 'DROP FUNCTION change() CASCADE');
SET nem12.batch_rows = 8192; -- a statement for each batch
SET nem12.batch_bytes = '2MB';
SELECT * FROM pg_temp.both_ways('CREATE TABLE seen (times integer);
    CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN INSERT INTO public.seen VALUES (1); RETURN NULL; END $f$;
    CREATE TRIGGER extra AFTER INSERT ON nem12_interval_days FOR EACH STATEMENT EXECUTE FUNCTION see()', 'DROP FUNCTION see() CASCADE');
SELECT count(*) FROM seen;
DROP TABLE seen;
RESET nem12.batch_rows;
RESET nem12.batch_bytes;
SELECT * FROM pg_temp.both_ways('ALTER TABLE nem12_interval_days ENABLE ROW LEVEL SECURITY', 'ALTER TABLE nem12_interval_days DISABLE ROW LEVEL SECURITY');
SELECT * FROM pg_temp.both_ways('CREATE RULE extra AS ON INSERT TO nem12_interval_days DO ALSO NOTHING', 'DROP RULE extra ON nem12_interval_days');
SELECT * FROM pg_temp.both_ways('ALTER TABLE nem12_interval_days_2024_02 ADD CONSTRAINT extra UNIQUE (nmi, nmi_suffix, interval_date, line_no) DEFERRABLE');
-- columns of the user
BEGIN;
SELECT * FROM pg_temp.both_ways('ALTER TABLE nem12_interval_days ADD extra text DEFAULT ''kept'', ADD total numeric GENERATED ALWAYS AS (nem12_sum("values")) STORED');
SELECT extra, sum(total) FROM nem12_interval_days GROUP BY 1;
ROLLBACK;
BEGIN;
SELECT way, days, same FROM pg_temp.both_ways('CREATE DOMAIN listed AS text DEFAULT ''kept''; ALTER TABLE nem12_interval_days ADD extra listed');
SELECT extra, count(*) FROM nem12_interval_days GROUP BY 1;
ROLLBACK;
BEGIN;
ALTER TABLE nem12_interval_days ADD extra text;
SELECT way, days, same FROM pg_temp.both_ways('');
ROLLBACK;
BEGIN;
ALTER TABLE nem12_interval_days ADD extra text;
SELECT * FROM pg_temp.both_ways('ALTER TABLE nem12_interval_days ALTER extra SET NOT NULL', 'ALTER TABLE nem12_interval_days ALTER extra DROP NOT NULL');
ROLLBACK;
BEGIN;
ALTER TABLE nem12_interval_days ADD extra text;
ALTER TABLE nem12_interval_days DROP extra;
SELECT way, days, same FROM pg_temp.both_ways('');
ROLLBACK;

SELECT nem12_test.empty_store();

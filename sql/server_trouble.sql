-- A full disk, too little memory, a shutdown, an I/O error, corruption: no fault of a day. The load or merge fails with that SQLSTATE
-- and leaves nothing behind, to be tried again; what concerns rows is staged (safe_mode.sql), contention takes the safe path too.
CREATE FUNCTION pg_temp.days(value text, created text DEFAULT '202403010000') RETURNS bytea LANGUAGE sql AS $$
    SELECT nem12_test.mdff(VARIADIC ARRAY['100,NEM12,' || created || ',MDA1,Ret1', '200,4001234567,E1,1,E1,N1,METSER123,kWh,30,']
        || (SELECT array_agg('300,202402' || d || repeat(',' || value, 48) || ',A,,,20240301000000,' ORDER BY d) FROM generate_series(11, 15) d)
        || ARRAY['900'])
$$;
CREATE FUNCTION pg_temp.reads(quantity text, created text DEFAULT '202403010000') RETURNS bytea LANGUAGE sql AS $$
    SELECT nem12_test.mdff(VARIADIC ARRAY['100,NEM13,' || created || ',MDA1,Ret1']
        || (SELECT array_agg('250,40012345' || n || ',11,1,11,11,SER1,E,0,20240101000001,A,,,2,20240201000001,A,,,' || quantity
                             || ',kWh,20240501,20240301000000,' ORDER BY n) FROM generate_series(11, 15) n)
        || ARRAY['900'])
$$;
SET client_min_messages = warning;
SELECT nem12_test.empty_store();
-- What a statement gave, or its SQLSTATE, and what is then there.
CREATE FUNCTION pg_temp.outcome(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    given text;
BEGIN
    BEGIN
        EXECUTE statement INTO given;
    EXCEPTION WHEN OTHERS THEN
        given := 'failed ' || SQLSTATE || ' ' || SQLERRM;
    END;
    RETURN given || ', staged ' || nem12_staging_depth() || ' ' || (
        SELECT coalesce(array_agg(DISTINCT sqlstate ORDER BY sqlstate), '{}') FROM (SELECT sqlstate FROM nem12_staging_days UNION ALL SELECT sqlstate FROM nem12_staging_reads) s)::text
        || ', stored ' || (SELECT count(*) FROM nem12_interval_days) + (SELECT count(*) FROM nem12_accumulation_reads)
        || ', files ' || (SELECT count(*) FROM nem12_files) || ', errors ' || (SELECT count(*) FROM nem12_errors WHERE code = 'insert_failed');
END
$$;
-- The first row of the five to fail, then the others: '-' is well.
CREATE TABLE fault (first text, rest text);
INSERT INTO fault VALUES ('-', '-');
CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    is_first boolean := CASE TG_TABLE_NAME WHEN 'nem12_accumulation_reads' THEN to_jsonb(NEW) ->> 'nmi' = '4001234511'
                                           ELSE to_jsonb(NEW) ->> 'interval_date' = '2024-02-11' END;
    code text := (SELECT CASE WHEN is_first THEN first ELSE rest END FROM public.fault);
BEGIN
    IF code <> '-' THEN
        RAISE EXCEPTION 'fault' USING ERRCODE = code;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER fail BEFORE INSERT OR UPDATE ON nem12_interval_days FOR EACH ROW EXECUTE FUNCTION fail();
CREATE TRIGGER fail BEFORE INSERT OR UPDATE ON nem12_accumulation_reads FOR EACH ROW EXECUTE FUNCTION fail();
CREATE FUNCTION pg_temp.with_fault(first_row text, others text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    found text;
BEGIN
    UPDATE fault SET first = first_row, rest = others;
    found := pg_temp.outcome(statement);
    UPDATE fault SET first = '-', rest = '-';
    RETURN found;
END
$$;
CREATE FUNCTION pg_temp.each(statement text, codes text[]) RETURNS TABLE (first text, rest text, outcome text) LANGUAGE plpgsql AS $$
BEGIN
    FOREACH rest IN ARRAY codes LOOP
        -- at once, and only in safe mode
        FOREACH first IN ARRAY ARRAY[rest, '23514'] LOOP
            BEGIN
                outcome := pg_temp.with_fault(first, rest, statement);
                RAISE EXCEPTION 'undone' USING ERRCODE = 'UNDO1';
            EXCEPTION WHEN SQLSTATE 'UNDO1' THEN
                RETURN NEXT;
            END;
        END LOOP;
    END LOOP;
END
$$;
\set trouble '{53000,53100,53200,53300,53400,57000,57P01,57P03,58000,58030,58P01,XX000,XX001,XX002}'
\set rows '{23514,P0001,22003,54000,40001,40P01,55P03}'
SELECT * FROM pg_temp.each($$SELECT 'loaded ' || days_inserted || ' ' || days_staged FROM nem12_load(pg_temp.days('1'))$$, :'trouble');
SELECT * FROM pg_temp.each($$SELECT 'loaded ' || days_inserted || ' ' || days_staged FROM nem12_load(pg_temp.days('1'))$$, :'rows');
SELECT * FROM pg_temp.each($$SELECT 'loaded ' || accumulation_reads FROM nem12_load(pg_temp.reads('1'))$$, :'trouble');
SELECT * FROM pg_temp.each($$SELECT 'loaded ' || accumulation_reads FROM nem12_load(pg_temp.reads('1'))$$, :'rows');

-- The merge: server trouble leaves staging as it was.
SELECT days_inserted FROM nem12_load(pg_temp.days('1'));
SELECT days_staged FROM nem12_load(pg_temp.days('2', '202403020000'));
SELECT accumulation_reads FROM nem12_load(pg_temp.reads('1'));
SELECT accumulation_reads FROM nem12_load(pg_temp.reads('2', '202403020000'));
SELECT * FROM pg_temp.each('SELECT m FROM nem12_merge_staging() m', :'trouble');
SELECT * FROM pg_temp.each('SELECT m FROM nem12_merge_staging() m', :'rows');
SELECT * FROM nem12_merge_staging();

-- The direct way, which has no triggers: a constraint that needs a file.
DROP TRIGGER fail ON nem12_interval_days;
DROP TRIGGER fail ON nem12_accumulation_reads;
SELECT nem12_test.empty_store();
CREATE FUNCTION needs_disk(day date) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full';
END
$$;
ALTER TABLE nem12_interval_days ADD CONSTRAINT disk CHECK (needs_disk(interval_date));
SELECT pg_temp.outcome($$SELECT 'loaded ' || days_inserted || ' ' || days_staged FROM nem12_load(pg_temp.days('1'))$$);
ALTER TABLE nem12_interval_days DROP CONSTRAINT disk;
SELECT pg_temp.outcome($$SELECT 'loaded ' || days_inserted || ' ' || days_staged FROM nem12_load(pg_temp.days('1'))$$);
DROP FUNCTION fail();
DROP FUNCTION needs_disk(date);
DROP TABLE fault;
SELECT nem12_test.empty_store();

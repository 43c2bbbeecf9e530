-- The batch of parsed rows between parser and tables: nothing is lost where one ends and the next begins.
-- (Any chunk sizes times any batch sizes, all tables compared: test/system/batch_sizes_test.py.)
SET client_min_messages = warning;
BEGIN;
-- NEM13: `reads` 250 records, under each of the numbers in `b2b` a 550 whose first field has a space too many, a warning.
CREATE FUNCTION pg_temp.reads(reads integer, b2b integer[]) RETURNS bytea LANGUAGE sql AS $$
    SELECT convert_to(E'100,NEM13,202404030000,MDA1,Ret1\r\n' || string_agg(
        format(E'250,4001234567,1141,01,11,11,M%s,E,00100,20240101000000,A,,,00123,20240401000000,A,,,1,kWh,20240701,20240402000000,\r\n', i)
        || CASE WHEN i = ANY (b2b) THEN format(E'550,N ,S%s,A,\r\n', i) ELSE '' END, '' ORDER BY i) || E'900\r\n', 'UTF8')
    FROM generate_series(1, reads) i
$$;
CREATE FUNCTION pg_temp.load(reads integer, b2b integer[], batch_rows text DEFAULT NULL, batch_bytes text DEFAULT NULL) RETURNS TABLE (
    status text, accumulation_reads bigint, stored bigint, with_b2b bigint, right_b2b bigint)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('nem12.' || name, setting, true)
    FROM (VALUES ('batch_rows', batch_rows), ('batch_bytes', batch_bytes)) s(name, setting) WHERE setting IS NOT NULL;
    TRUNCATE nem12_files, nem12_accumulation_reads;
    SELECT l.status, l.accumulation_reads INTO status, accumulation_reads FROM nem12_load(pg_temp.reads(reads, b2b)) l;
    SELECT count(*), count(*) FILTER (WHERE b2b_details <> ''),
           count(*) FILTER (WHERE b2b_details = 'N,S' || substr(meter_serial, 2) || ',A,')
    INTO stored, with_b2b, right_b2b FROM nem12_accumulation_reads;
    RETURN NEXT;
END
$$;

-- a 550 after the read that fills a batch, and after the last read of a file
SELECT * FROM pg_temp.load(2820, ARRAY[2819]);
SELECT * FROM pg_temp.load(2819, ARRAY[2819]);
-- after every read
SELECT n AS reads, l.* FROM unnest(ARRAY[100, 2818, 2819, 2820, 5638, 5639, 8192, 8193]) n, pg_temp.load(n, ARRAY(SELECT generate_series(1, n))) l;
-- after every fourth
SELECT n AS reads, l.* FROM unnest(ARRAY[100, 2818, 2819, 2820, 5638, 5639, 8192, 8193]) n, pg_temp.load(n, ARRAY(SELECT generate_series(n % 4, n, 4))) l;
-- at boundaries of any kind
SELECT s.rows, s.bytes, n AS reads, l.*
FROM (VALUES ('1', '2MB', 14), ('2', '2MB', 14), ('7', '2MB', 14), ('8192', '1B', 14), ('8192', '3kB', 14), ('2819', '2MB', 2819)) s(rows, bytes, reads),
     generate_series(s.reads, s.reads + 1) n, pg_temp.load(n, ARRAY(SELECT generate_series(n % 2, n, 2)), s.rows, s.bytes) l;
ROLLBACK;

-- the settings are the superuser's
SELECT name, boot_val, min_val, max_val, unit, context FROM pg_settings WHERE name LIKE 'nem12.batch%';
SET nem12.batch_rows = 0;
-- the units in its message depend on PostgreSQL's version
\set VERBOSITY sqlstate
SET nem12.batch_bytes = 0;
\set VERBOSITY default
CREATE ROLE batch_tester;
SET ROLE batch_tester;
SET nem12.batch_rows = 1;
SET nem12.batch_bytes = 1;
RESET ROLE;
DROP ROLE batch_tester;

-- what is held is bounded by the size of the texts, whatever the record: 4,000 500s, 250s or 200s with fields of 10 kB, 40 MB
BEGIN;
CREATE FUNCTION pg_temp.held(line text, repeated text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    held bigint;
BEGIN
    PERFORM nem12_load_begin(dialect => 'tolerant');
    PERFORM nem12_load_chunk(convert_to(line, 'UTF8'));
    FOR i IN 1 .. 400 LOOP
        PERFORM nem12_load_chunk(convert_to(repeat(format(replace(repeated, '{10 kB}', repeat('x', 10000)), i), 10), 'UTF8'));
        held := greatest(held, (SELECT sum(total_bytes) FROM pg_backend_memory_contexts WHERE name = 'nem12 batch'));
    END LOOP;
    RETURN CASE WHEN held < 16000000 THEN 'bounded' ELSE 'much: ' || held END;
END
$$;
SAVEPOINT a;
SELECT pg_temp.held(E'100,NEM12,202403010000,MDA1,Ret1\r\n200,4001234567,E1,1,E1,N1,METSER123,kWh,30,\r\n300,20240101' || repeat(',1', 48) || E',A,,,20240301000000,\r\n',
                    E'500,O,{10 kB},20240101000000,%s\r\n');
ROLLBACK TO a;
SELECT pg_temp.held(E'100,NEM13,202404030000,MDA1,Ret1\r\n',
                    E'250,4001234567,1141,01,11,11,{10 kB}%s,E,00100,20240101000000,A,,,00123,20240401000000,A,,,1,kWh,20240701,20240402000000,\r\n');
ROLLBACK TO a;
SELECT pg_temp.held(E'100,NEM12,202403010000,MDA1,Ret1\r\n',
                    E'200,4001234567,E1,1,E1,N1,{10 kB}%s,kWh,30,\r\n300,20240101' || repeat(',1', 48) || E',A,,,20240301000000,\r\n');
ROLLBACK;

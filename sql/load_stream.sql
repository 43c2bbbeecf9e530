-- The stream: begin, chunks cut anywhere, end; all in one transaction.
SET client_min_messages = warning;
SELECT nem12_test.empty_store();
CREATE TABLE content AS
SELECT nem12_test.mdff(VARIADIC ARRAY['100,NEM12,202403011200,MDA1,Ret1', '200,4001234567,E1,1,E1,N1,METSER123,kWh,30,']
    || (SELECT array_agg(nem12_test.day(to_char(d, 'YYYYMMDD'), '1.25') ORDER BY d) FROM generate_series('2024-01-01'::timestamp, '2024-03-31', '1 day') d)
    || ARRAY['900']) AS bytes;
CREATE FUNCTION pg_temp.send(chunk integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    bytes bytea := (SELECT c.bytes FROM content c);
BEGIN
    FOR i IN 0 .. (length(bytes) - 1) / chunk LOOP
        PERFORM nem12_load_chunk(substr(bytes, i * chunk + 1, chunk));
    END LOOP;
END
$$;

-- chunks of any size, down to a byte
BEGIN;
SELECT nem12_load_begin('stream.csv', sha256 => sha256(bytes)) FROM content;
SELECT pg_temp.send(1000);
SELECT * FROM nem12_load_end();
COMMIT;
SELECT count(*), sum(nem12_sum("values")) FROM nem12_interval_days;
SELECT file_name, sha256 = (SELECT sha256(bytes) FROM content) AS same_sha256, bytes = (SELECT length(bytes) FROM content) AS same_bytes, days_inserted FROM nem12_files;
SELECT nem12_file_loaded(sha256(bytes)), nem12_file_loaded(sha256('')) FROM content;

-- known content: said at once; chunks are not looked at
BEGIN;
SELECT nem12_load_begin('again.csv', sha256 => sha256(bytes)) FROM content;
SELECT nem12_load_chunk('rubbish');
SELECT * FROM nem12_load_end();
COMMIT;
-- without a SHA-256 it is found out at the end, and nothing of the second load stays
BEGIN;
SELECT nem12_load_begin('again.csv');
SELECT pg_temp.send(100000);
SELECT * FROM nem12_load_end();
COMMIT;
SELECT (SELECT count(*) FROM nem12_files) AS files, nem12_staging_depth() AS staged;
-- a file that came in an aseXML message: the ledger keeps the message's id and the transaction's
SELECT nem12_test.empty_store();
BEGIN;
SELECT nem12_load_begin('m.xml/1-T1.csv', message_id => 'M-1', transaction_id => 'T-1');
SELECT pg_temp.send(100000);
SELECT status FROM nem12_load_end();
COMMIT;
SELECT file_name, message_id, transaction_id FROM nem12_files;
-- the same content once more, in another message: the ledger's row stays what it is
BEGIN;
SELECT nem12_load_begin('m.xml/1-T2.csv', message_id => 'M-2', transaction_id => 'T-2');
SELECT pg_temp.send(100000);
SELECT status FROM nem12_load_end();
COMMIT;
SELECT file_name, message_id, transaction_id FROM nem12_files;
-- in none
SELECT nem12_test.empty_store();
SELECT status FROM nem12_load((SELECT bytes FROM content), 'bare.csv');
SELECT file_name, message_id, transaction_id FROM nem12_files;

-- without a SHA-256, new content
SELECT nem12_test.empty_store();
BEGIN;
SELECT nem12_load_begin();
SELECT pg_temp.send(1);
SELECT * FROM nem12_load_end();
COMMIT;
SELECT sha256 = (SELECT sha256(bytes) FROM content) AS same_sha256 FROM nem12_files;

-- content that is not what was announced
SELECT nem12_test.empty_store();
BEGIN;
SELECT nem12_load_begin(sha256 => sha256('something else'));
SELECT pg_temp.send(100000);
\set VERBOSITY sqlstate
DO $$ BEGIN PERFORM nem12_load_end(); EXCEPTION WHEN SQLSTATE 'NM001' THEN RAISE NOTICE 'NM001: %', SQLERRM; RAISE; END $$;
\set VERBOSITY default
ROLLBACK;
SELECT nem12_load_begin(sha256 => '\x00');

-- one stream at a time, and none without a beginning
SELECT nem12_load_chunk('x');
SELECT nem12_load_end();
BEGIN;
SELECT nem12_load_begin();
SELECT nem12_load_begin();
ROLLBACK;
BEGIN;
SELECT nem12_load_begin();
SELECT nem12_load('');
ROLLBACK;
BEGIN;
SELECT nem12_load_begin();
SELECT nem12_load_chunk(NULL);
ROLLBACK;
-- a stream that is not ended does not commit
BEGIN;
SELECT nem12_load_begin();
SELECT pg_temp.send(100000);
COMMIT;
SELECT nem12_load_begin();
SELECT count(*) FROM nem12_interval_days;

-- savepoints: a rollback over a step of the stream ends it, any other does not concern it
BEGIN;
SELECT nem12_load_begin();
SAVEPOINT a;
RELEASE a;
SAVEPOINT b;
ROLLBACK TO b;
SELECT pg_temp.send(100000);
SELECT days_inserted FROM nem12_load_end();
ROLLBACK;
BEGIN;
SELECT nem12_load_begin();
SAVEPOINT a;
SELECT pg_temp.send(100000);
ROLLBACK TO a;
SELECT nem12_load_end();
ROLLBACK;
BEGIN;
SAVEPOINT a;
SELECT nem12_load_begin();
RELEASE a;
SELECT pg_temp.send(100000);
SELECT days_inserted FROM nem12_load_end();
COMMIT;
-- after an error in a block that catches it there is no stream
BEGIN;
DO $$ BEGIN PERFORM nem12_load_begin(); PERFORM nem12_load_chunk('rubbish' || E'\r\n'); PERFORM nem12_load_end(); EXCEPTION WHEN OTHERS THEN RAISE NOTICE '%', SQLSTATE; END $$;
SELECT nem12_load_begin();
ROLLBACK;
-- a cursor or a prepared statement over the functions is nothing special
PREPARE p AS SELECT status FROM nem12_load($1);
EXECUTE p('rubbish');
SELECT bytes AS content FROM content \gset
EXECUTE p(:'content');
-- nor can a trigger step into the load that fires it
SELECT nem12_test.empty_store();
CREATE FUNCTION pg_temp.step_in() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SELECT public.%s', TG_ARGV[0]);
    RETURN NEW;
END
$$;
CREATE TRIGGER step_in BEFORE INSERT ON nem12_interval_days FOR EACH ROW EXECUTE FUNCTION pg_temp.step_in('nem12_load_end()');
SELECT status, days_inserted, days_staged FROM content, nem12_load(bytes);
SELECT reason, sqlstate, message, count(*) FROM nem12_staging_days GROUP BY 1, 2, 3;
DROP TRIGGER step_in ON nem12_interval_days;
\set SHOW_CONTEXT never
CREATE TRIGGER step_in BEFORE INSERT ON nem12_files FOR EACH ROW EXECUTE FUNCTION pg_temp.step_in($$nem12_load_chunk('900')$$);
SELECT status FROM content, nem12_load(bytes || E'\r\n'::bytea, dialect => 'tolerant');
DROP TRIGGER step_in ON nem12_files;
\set SHOW_CONTEXT errors
DROP TABLE content;
SELECT nem12_test.empty_store();

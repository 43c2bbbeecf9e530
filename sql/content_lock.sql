-- A load whose SHA-256 is known holds a lock on the content from its first step, so that another load of it waits before it stores.
BEGIN;
SELECT nem12_load_begin('a.csv', sha256 => sha256('content'));
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted;
ROLLBACK;

#pragma once
// A database with the extension's functions for loading, written in plain SQL: they keep whole files and do what a file
// tells them, so that a test can have any error at any place. The real extension is met in the system tests.
//
//   !RAISE 40P01   that chunk raises this SQLSTATE      !SLEEP 2   that chunk takes two seconds

#include <fstream>

#include "base/sha256.hpp"
#include "judge/judged_file.hpp"
#include "loader/support/postgres_server.hpp"

namespace nem12::loader::test {

inline constexpr const char *kLedgerFunctions = R"sql(
CREATE TABLE ledger (file_id bigserial, sha256 bytea PRIMARY KEY, file_name text, chunks bigint, content bytea, ids text[]);
CREATE TABLE stream (pid int, n serial, content bytea);
CREATE TABLE current (pid int PRIMARY KEY, sha256 bytea, file_name text, ids text[]);
CREATE TABLE months (month date, asked timestamptz DEFAULT now());
CREATE TABLE errors (file_name text, sha256 bytea, findings jsonb, from_participant text, to_participant text);
CREATE TABLE canary (id int PRIMARY KEY, n bigint);
INSERT INTO canary VALUES (1, 0);
CREATE TABLE staging (day int);

CREATE FUNCTION nem12_load_begin(file_name text, on_invalid text, dialect text, sha256 bytea, message_id text DEFAULT NULL,
    transaction_id text DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(('x' || encode(substr(sha256, 1, 8), 'hex'))::bit(64)::bigint);
    IF EXISTS (SELECT FROM ledger l WHERE l.sha256 = nem12_load_begin.sha256) THEN
        DELETE FROM current WHERE pid = pg_backend_pid();
        RETURN 'already_loaded';
    END IF;
    DELETE FROM current WHERE pid = pg_backend_pid();
    DELETE FROM stream WHERE pid = pg_backend_pid();
    INSERT INTO current VALUES (pg_backend_pid(), sha256, file_name, ARRAY[message_id, transaction_id]);
    RETURN 'loading';
END $$;

CREATE FUNCTION nem12_load_chunk(content bytea) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    said text := convert_from(content, 'LATIN1');
    code text := substring(said from '!RAISE ([0-9A-Z]{5})');
    seconds text := substring(said from '!SLEEP ([0-9.]+)');
BEGIN
    IF NOT EXISTS (SELECT FROM current WHERE pid = pg_backend_pid()) THEN
        RETURN;
    END IF;
    INSERT INTO stream (pid, content) VALUES (pg_backend_pid(), nem12_load_chunk.content);
    IF seconds IS NOT NULL THEN
        PERFORM pg_sleep(seconds::float8);
    END IF;
    IF code IS NOT NULL THEN
        RAISE EXCEPTION 'the file says so' USING ERRCODE = code,
            DETAIL = '{"line": 7, "record": 300, "field": 3, "code": "VALUE_NOT_A_NUMBER", "text": "300,x"}';
    END IF;
END $$;

CREATE FUNCTION nem12_load_end(OUT file_id bigint, OUT status text, OUT days_inserted bigint, OUT days_staged bigint,
    OUT readings bigint, OUT accumulation_reads bigint, OUT skipped_records bigint) LANGUAGE plpgsql AS $$
DECLARE
    announced bytea := (SELECT sha256 FROM current WHERE pid = pg_backend_pid());
    whole bytea := (SELECT coalesce(string_agg(s.content, '' ORDER BY s.n), '') FROM stream s WHERE s.pid = pg_backend_pid());
BEGIN
    IF announced IS NULL THEN
        status := 'already_loaded';
        RETURN;
    END IF;
    IF sha256(whole) <> announced THEN
        RAISE EXCEPTION 'the content does not have the SHA-256 that was announced' USING ERRCODE = 'NM001';
    END IF;
    INSERT INTO ledger (sha256, file_name, ids, chunks, content)
    SELECT c.sha256, c.file_name, c.ids, (SELECT count(*) FROM stream s WHERE s.pid = c.pid), whole
    FROM current c WHERE c.pid = pg_backend_pid()
    RETURNING ledger.file_id INTO nem12_load_end.file_id;
    status := 'loaded';
    days_inserted := 1;
    days_staged := 0;
    readings := octet_length(whole);
    accumulation_reads := 0;
    skipped_records := 0;
END $$;

CREATE FUNCTION nem12_file_loaded(sha256 bytea) RETURNS boolean LANGUAGE sql AS
    $$ SELECT EXISTS (SELECT FROM ledger l WHERE l.sha256 = $1) $$;
CREATE FUNCTION nem12_prepare_months(months date[]) RETURNS integer LANGUAGE sql AS
    $$ INSERT INTO months (month) SELECT unnest($1); SELECT cardinality($1) $$;
CREATE FUNCTION nem12_report_findings(file_name text, sha256 bytea, findings jsonb, from_participant text, to_participant text)
    RETURNS bigint LANGUAGE sql AS $$ INSERT INTO errors VALUES ($1, $2, $3, $4, $5); SELECT jsonb_array_length($3)::bigint $$;
CREATE FUNCTION nem12_ping_write() RETURNS void LANGUAGE sql AS $$ UPDATE canary SET n = n + 1 $$;
CREATE FUNCTION nem12_staging_depth() RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM staging $$;
CREATE FUNCTION nem12_merge_staging(max_days bigint, OUT inserted bigint, OUT updated bigint, OUT discarded bigint,
    OUT remaining bigint) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(42);
    WITH gone AS (DELETE FROM staging WHERE ctid IN (SELECT ctid FROM staging LIMIT max_days) RETURNING 1)
        SELECT count(*) INTO inserted FROM gone;
    updated := 0;
    discarded := 0;
    SELECT count(*) INTO remaining FROM staging;
END $$;
)sql";

// A database of its own on a server shared by all tests of the program.
class LedgerDatabase {
public:
    explicit LedgerDatabase(bool with_functions = true) {
        static int made = 0;
        name_ = "test" + std::to_string(++made);
        server().query("CREATE DATABASE " + name_);
        if (with_functions)
            query(kLedgerFunctions);
    }
    ~LedgerDatabase() {
        try {
            server().query("DROP DATABASE " + name_ + " WITH (FORCE)");
        } catch (const std::exception &) {}
    }
    static PostgresServer &server() {
        static PostgresServer server;
        return server;
    }
    std::string query(const std::string &sql) const { return server().query(sql, name_); }
    int64_t number(const std::string &sql) const { return std::stoll("0" + query(sql)); }
    bool loaded(const JudgedFile &file) const { return query("SELECT nem12_file_loaded('\\x" + file.sha256 + "')") == "t"; }
    DatabaseConfig config() const { return server().config(name_); }
    const std::string &name() const { return name_; }

private:
    std::string name_;
};

// A file as the spool keeps it.
inline JudgedFile make_spooled(const std::filesystem::path &folder, const std::string &content,
                               const std::string &name = "a.csv") {
    Sha256 hash;
    hash.add(content);
    JudgedFile file;
    file.sha256 = hash.finish();
    file.name = name;
    file.bytes = static_cast<int64_t>(content.size());
    file.file_creation = "202401010000";
    file.months = {"2024-01-01"};
    file.path = folder / file.sha256;
    std::ofstream(file.path, std::ios::binary) << content;
    return file;
}

} // namespace nem12::loader::test

#pragma once
// Everything that can be set, with its default. One struct per section of config.toml; keys have the members' names.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace nem12::loader {

struct DatabaseConfig {
    std::string conninfo;    // libpq; PGPASSFILE, PGSERVICE and PG* work too
    std::string user;        // overrides conninfo when set
    std::string password;    // better: PGPASSFILE, or a credentials file (docs/loader.md)
    int max_connections = 0; // for everything together; fewer than workers + 4 means fewer workers; 0: no bound
};

struct RedisConfig {
    std::string url = "redis://127.0.0.1:6379/0"; // redis://host:port/db or unix:///path/to.sock?db=0
    std::string user, password;                   // of an ACL; override the URL's
    std::string prefix = "nem12:{main}:";         // one hash tag: all keys in one slot
};

struct IngestConfig {
    std::filesystem::path inbox = "inbox", spool = "spool", archive = "archive", rejected = "rejected", failed = "failed";
    std::string on_success = "archive"; // archive | delete
    std::string dialect = "strict";     // strict | tolerant
    std::string on_invalid = "reject";  // reject | skip
    std::string notify_command;         // run with the report's path as its only argument
    std::string notify_webhook;         // http(s)://host:port/path, gets the JSON report by POST
    std::chrono::milliseconds rescan_every{1000};
    std::chrono::milliseconds quiet{500}; // a file's size and times must stand still this long
    // A file without its 900 waits this long for the rest. -1: a minute where nobody can say whether its writer still has it
    // open (files of other users), else not at all.
    std::chrono::seconds incomplete_grace{-1};
    int64_t max_file_bytes = int64_t{16} << 30;
    int64_t max_member_bytes = int64_t{4} << 30;   // one file inside an archive
    int64_t max_archive_bytes = int64_t{16} << 30; // everything inside one archive
    int max_archive_entries = 1000;
    int max_archive_depth = 3;
    int max_archive_ratio = 200; // after the first MiB
    int64_t spool_max_bytes = int64_t{64} << 30;
    int max_future_hours = 366 * 24; // a 100 created later than now + this is refused; 0: no limit
};

struct GenerateConfig {
    bool enabled = false;
    int every_seconds = 5;
    std::vector<std::string> kind{"normal"}; // normal, malformed, repeated; several: in turn
    std::vector<int> intervals{5, 15, 30};
    int nmis = 50;
    int days = 50; // up to
    uint64_t seed = 1;
    std::string start; // CCYY-MM-DD of the first day; empty: `days` before today
};

struct QueueConfig {
    int size = 10000; // jobs pending and in progress
    int64_t max_bytes = int64_t{32} << 30;
    int retry_seconds = 60; // full queue: offered again after
    int lease_seconds = 60;
    int max_deliveries = 3;           // claims that died before a job is set aside as poison
    int max_attempts = 5;             // transient errors of one job
    int keep_seconds = 7 * 24 * 3600; // finished jobs stay visible in Redis
};

struct ProcessConfig {
    int workers = 2;
    int64_t chunk_bytes = 1 << 20;
    int job_timeout_seconds = 3600;
    int drain_seconds = 90; // SIGTERM: time for running loads to finish
};

struct BreakerConfig {
    int retries = 5;                        // infrastructure failures in a row before it opens
    std::chrono::milliseconds backoff{200}; // first retry; doubles, with jitter
    std::chrono::milliseconds backoff_max{10000};
    std::chrono::milliseconds open_for{5000}; // before the canary; doubles up to open_max
    std::chrono::milliseconds open_max{60000};
    std::chrono::milliseconds canary_timeout{5000};
};

struct MergeConfig {
    int every_seconds = 10;
    int64_t max_days = 100000;
};

struct HttpConfig {
    std::string listen = "127.0.0.1:9912"; // empty: off
};

struct LogConfig {
    std::string level = "info";
    std::string format = "text"; // text | json
};

struct Config {
    DatabaseConfig database;
    RedisConfig redis;
    IngestConfig ingest;
    GenerateConfig generate;
    QueueConfig queue;
    ProcessConfig process;
    BreakerConfig breaker;
    MergeConfig merge;
    HttpConfig http;
    LogConfig log;
};

} // namespace nem12::loader

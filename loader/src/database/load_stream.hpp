#pragma once
// One spooled file into the server: nem12_load_begin, nem12_load_chunk..., nem12_load_end and COMMIT in one transaction.
//
// libpq's pipeline keeps two chunks under way: while the server works on one, the next is read, hashed and sent. Memory
// is a few chunks whatever the file's size. The file's SHA-256 is checked on the way; other bytes are never committed.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "database/pg_connection.hpp"
#include "database/pipeline.hpp"
#include "database/server_calls.hpp"
#include "judge/judged_file.hpp"

namespace nem12::loader {

struct LoadOptions {
    std::string on_invalid = "reject", dialect = "strict";
    int64_t chunk_bytes = 1 << 20;
    std::chrono::milliseconds timeout{std::chrono::hours(1)}; // for the whole file
    int max_future_hours = 366 * 24;                          // nem12.max_future_hours; 0: no limit
};

enum class LoadStatus { kLoaded, kAlreadyLoaded };

struct LoadOutcome {
    LoadStatus status = LoadStatus::kLoaded;
    int64_t file_id = 0;
    int64_t days_inserted = 0, days_staged = 0, readings = 0, accumulation_reads = 0, skipped_records = 0;
    int64_t bytes = 0;
    double seconds = 0;
};

// Shared with whoever watches the load from another thread.
struct LoadProgress {
    std::atomic<bool> cancel{false};              // set from outside: stop, nothing is committed. Ignored once COMMIT is sent
    std::atomic<int64_t> acknowledged{0};         // bytes the server has worked off
    std::atomic<bool> finishing{false};           // all chunks are acknowledged, the end and COMMIT are under way
    std::function<void(int64_t)> on_acknowledged; // called by the loading thread with the bytes of each chunk
};

// The spooled bytes are not those that were validated (code SPOOL_CORRUPT), or cannot be read.
class SpoolError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class LoadStream {
public:
    LoadStream(PgConnection &connection, PreparedMonths &months, LoadOptions options);

    // Connects when needed. Throws DatabaseError, SpoolError or Cancelled; then nothing was committed. One exception:
    // a COMMIT without an answer, when the ledger could not be asked either, is kInfrastructure like any lost server;
    // loading the file again then finds it already loaded.
    LoadOutcome load(const JudgedFile &file, LoadProgress &progress);

    // Small files in one transaction and one flight of statements: all of them, or none when this throws. The reason may be one
    // file's, so each is then to be loaded alone; a COMMIT without an answer is not looked into, since loading a file again is
    // harmless.
    std::vector<LoadOutcome> load_together(std::span<const JudgedFile> files, LoadProgress &progress);

private:
    void begin(Pipeline &pipeline) const;
    void begin_file(Pipeline &pipeline, const JudgedFile &file) const;
    LoadOutcome stream(const JudgedFile &file, LoadProgress &progress, const Patience &patience);

    PgConnection &connection_;
    PreparedMonths &months_;
    LoadOptions options_;
    std::string max_future_hours_;
};

} // namespace nem12::loader

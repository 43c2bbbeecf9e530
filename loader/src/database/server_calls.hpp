#pragma once
// The extension's functions that the loader calls beside the stream. Each is one statement in a transaction of its own
// and throws DatabaseError.

#include <chrono>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "database/pg_connection.hpp"
#include "judge/verdict.hpp"

namespace nem12::loader {

// Is a file with these bytes in the ledger? This is the only truth about "loaded".
bool file_loaded(PgConnection &connection, std::string_view sha256, const Patience &patience);
// Those of the given SHA-256s (lower hex) that are in the ledger.
std::set<std::string> files_loaded(PgConnection &connection, const std::vector<std::string> &sha256s, const Patience &patience);

// Why a file was refused, as nem12_errors takes it; also as JSON, for telling it later.
struct FindingsReport {
    std::string file, sha256, from_participant, to_participant;
    std::string findings; // a JSON array, as text
};
FindingsReport findings_report(std::string_view file, std::string_view sha256, const Verdict &verdict);
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(FindingsReport, file, sha256, from_participant, to_participant, findings)

// Into nem12_errors. Returns the rows written: findings that are there already are not repeated.
int64_t report_findings(PgConnection &connection, const FindingsReport &report, const Patience &patience);

// The breaker's canary: writes a row and commits.
void ping_write(PgConnection &connection, const Patience &patience);

int64_t staging_depth(PgConnection &connection, const Patience &patience);

struct MergeCounts {
    int64_t inserted = 0, updated = 0, discarded = 0, remaining = 0;
};
MergeCounts merge_staging(PgConnection &connection, int64_t max_days, const Patience &patience);

// The months this process has made partitions for, so that each is asked for once. Safe to share between threads.
class PreparedMonths {
public:
    // Makes the partitions of those months (CCYY-MM-01) not made before.
    void prepare(PgConnection &connection, const std::vector<std::string> &months, const Patience &patience);

private:
    std::mutex mutex_;
    std::set<std::string> known_;
};

} // namespace nem12::loader

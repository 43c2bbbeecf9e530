#pragma once
// The tables of a store, in memory: takes the place of the statements in load/sql.hpp. Keys count, as in the real ones: a day
// that is there already is staged. What each batch held is written down too.

#include <string>
#include <string_view>
#include <vector>

#include "load/batch.hpp"
#include "mdff/finding.hpp"

namespace nem12::load::test {

struct StoredBatch {
    std::vector<int> days, b2bs, reads; // lines, as stored
    size_t bytes;                       // of memory, the arrays' too
};

// Rows as text, every column of them.
struct Tables {
    std::vector<std::string> days, staged_days, b2bs, reads, details, findings, months;
    std::string ledger;
    bool operator==(const Tables &) const = default;
};

struct LoadedFile {
    Tables tables; // rows sorted; empty when the load failed
    std::vector<StoredBatch> batches;
    std::string error; // "NM010 message": what it failed with
};

struct LoadSettings {
    size_t chunk = SIZE_MAX; // bytes pushed at a time
    BatchLimits limits{8192, 2 << 20};
    mdff::Dialect dialect = mdff::Dialect::kStrict;
    bool skip_invalid = false;
};

// Loads a file into empty tables, in a transaction of its own.
LoadedFile load_file(std::string_view content, const LoadSettings &settings);

// A session's memory of details that are stored goes with the tables; keep it to load into tables that go on.
void empty_tables();
LoadedFile load_next_file(std::string_view content, const LoadSettings &settings);

} // namespace nem12::load::test

#pragma once
// The order of the versions of a day, as 30-merge.sql has it.

#include <compare>
#include <string_view>

#include "pg/postgres.hpp"

namespace nem12::store {

struct VersionStamp {
    Timestamp updated, created; // DT_NOBEGIN: not known, older than any
    std::string_view sha256;    // of the file; empty: not known
    int32 line;
    int64 file_id;
};

// The greater is the newer.
std::strong_ordering compare(const VersionStamp &a, const VersionStamp &b, bool updates_first);

} // namespace nem12::store

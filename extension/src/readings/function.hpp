#pragma once
// Recognises the views' set-returning function in a query tree.

#include "pg/postgres.hpp"

extern "C" {
#include "nodes/parsenodes.h"
}

namespace nem12::readings {

// Columns of what the function returns: the start of an interval as market time, and as an instant.
inline constexpr AttrNumber kTimestampColumn = 1;
inline constexpr AttrNumber kTimeColumn = 8;

// The call of nem12_day_readings or nem12_day_buckets that `rte` is, or nullptr when it is anything else. Known by the address
// of its C function: neither its name nor its schema can deceive.
FuncExpr *day_readings_call(const RangeTblEntry *rte);

inline constexpr int kReadingsArguments = 4; // of nem12_day_readings
inline constexpr int kBucketsArguments = 6;  // of nem12_day_buckets: those, minutes, by_quality

inline bool is_bucketed(const FuncExpr *call) { return list_length(call->args) == kBucketsArguments; }

} // namespace nem12::readings

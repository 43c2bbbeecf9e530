#pragma once
// The SQL type nem12_bucket: what is left of readings that a query only aggregates. Fixed length, in memory as it stands here.

#include "pg/postgres.hpp"

namespace nem12::values {

struct Bucket {
    int128 sum; // at `scale`, like min and max
    int64 min;
    int64 max;
    int32 readings; // at least 1
    int32 scale;
};
static_assert(sizeof(Bucket) == 40); // INTERNALLENGTH of the type

} // namespace nem12::values

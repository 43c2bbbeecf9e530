#pragma once
// nem12_staging_days, read and written without a plan.

#include "store/day_partitions.hpp"

namespace nem12::store {

// Its columns after those of a day, from 0.
enum StagingColumn : int { kStagingId = kDayColumns, kReason, kSqlstate, kMessage, kStagedAt };
inline constexpr int kStagingColumns = kStagedAt + 1;

inline bool is_plain_staging(Relation staging) {
    return is_plain_table(staging, kDayColumnTypes,
                          {{"staging_id", INT8OID},
                           {"reason", TEXTOID},
                           {"sqlstate", TEXTOID},
                           {"message", TEXTOID},
                           {"staged_at", TIMESTAMPTZOID}});
}

} // namespace nem12::store

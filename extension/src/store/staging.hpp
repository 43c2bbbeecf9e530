#pragma once
// nem12_staging_days, read and written without a plan.

#include "store/day_partitions.hpp"

namespace nem12::store {

// Its columns besides those of a day, as we count them.
enum StagingColumn : int { kStagingId = kDayColumns, kReason, kSqlstate, kMessage, kStagedAt };
inline constexpr int kStagingColumns = kStagedAt + 1;

inline std::optional<RowLayout> find_staging_layout(Relation staging) {
    return find_plain_layout(staging, kDayColumnTypes,
                             {{"staging_id", INT8OID},
                              {"reason", TEXTOID},
                              {"sqlstate", TEXTOID},
                              {"message", TEXTOID},
                              {"staged_at", TIMESTAMPTZOID}});
}

} // namespace nem12::store

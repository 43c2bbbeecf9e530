#pragma once
// nem12_staging_days, read and written without a plan.

#include "day_partitions.hpp"

namespace nem12::pg {

// Its columns after those of a day, from 0.
enum StagingColumn : int { kStagingId = kDayColumns, kReason, kSqlstate, kMessage, kStagedAt };
inline constexpr int kStagingColumns = kStagedAt + 1;

inline bool is_plain_staging(Relation staging) {
    return is_plain_table(staging, {"nmi", "nmi_suffix", "quality", "interval_date", "line_no", "file_id", "update_datetime",
                                    "msats_load_datetime", "details_id", "values", "events", "staging_id", "reason", "sqlstate",
                                    "message", "staged_at"});
}

} // namespace nem12::pg

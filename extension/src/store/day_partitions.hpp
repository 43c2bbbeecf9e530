#pragma once
// nem12_interval_days and its months, opened for writing without a plan.

#include "store/direct_table.hpp"

extern "C" {
#include "executor/execPartition.h"
}

namespace nem12::store {

// Columns of nem12_interval_days, which nem12_staging_days and nem12_superseded_days begin with: where they stand, from 0.
enum DayColumn : int { kNmi, kSuffix, kQuality, kDate, kLine, kFile, kUpdated, kMsatsLoaded, kDetails, kValues, kEvents };
inline constexpr int kDayColumns = 11;
inline constexpr pg::Column kDayColumnTypes[kDayColumns] = {{"nmi", TEXTOID},
                                                            {"nmi_suffix", TEXTOID},
                                                            {"quality", TEXTOID},
                                                            {"interval_date", DATEOID},
                                                            {"line_no", INT4OID},
                                                            {"file_id", INT8OID},
                                                            {"update_datetime", TIMESTAMPOID},
                                                            {"msats_load_datetime", TIMESTAMPOID},
                                                            {"details_id", INT4OID},
                                                            {"values", InvalidOid},
                                                            {"events", TEXTOID}};

struct DayPartitions {
    WriteTarget days;
    ModifyTableState *state; // what the partition routing wants to see of a plan
    PartitionTupleRouting *routing;
    TupleTableSlot *slot;
};

// Rows are in the order of nem12_interval_days as it was created: a column that the user added needs the executor, for its
// default, and so do rules, which COPY would pass over.
bool can_route(Relation days);

DayPartitions open_partitions(Relation days);
void close_partitions(DayPartitions &partitions);

// Where a row belongs; ERROR when there is no such month. nullptr: it has something that wants the executor, or not the key.
ResultRelInfo *partition_of(DayPartitions &partitions, const TableRow &row);

// A partition's primary key: a btree on (nmi, nmi_suffix, interval_date). nullptr: it has another.
Relation primary_key_of(ResultRelInfo *partition);

} // namespace nem12::store

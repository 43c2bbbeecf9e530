#pragma once
// nem12_interval_days and its months, opened for writing without a plan.

#include "store/direct_table.hpp"

extern "C" {
#include "executor/execPartition.h"
}

namespace nem12::store {

// Columns of a day, which nem12_interval_days, nem12_staging_days and nem12_superseded_days have: as we count them, from 0.
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

// A month, or a part of one that the user made.
struct DayPartition {
    ResultRelInfo *relation;
    RowLayout layout;
    Relation primary_key; // a btree on (nmi, nmi_suffix, interval_date)
    DayPartition *next;   // that was found before
};

struct DayPartitions {
    WriteTarget days;
    RowLayout layout;
    ModifyTableState *state; // what the partition routing wants to see of a plan
    PartitionTupleRouting *routing;
    TupleTableSlot *slot;
    DayPartition *found; // the last first
};

// Where nem12_interval_days has our columns; none: it wants the executor, as for rules, which COPY would pass over.
std::optional<RowLayout> find_route(Relation days);

DayPartitions open_partitions(Relation days, const RowLayout &route);
void close_partitions(DayPartitions &partitions);

// Where a row belongs; ERROR when there is no such month. nullptr: it has something that wants the executor, or not the key.
const DayPartition *partition_of(DayPartitions &partitions, const TableRow &row);

} // namespace nem12::store

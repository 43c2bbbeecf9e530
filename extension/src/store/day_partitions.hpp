#pragma once
// nem12_interval_days and its months, opened for writing without a plan.

#include <iterator>

#include "store/direct_table.hpp"

extern "C" {
#include "executor/execPartition.h"
}

namespace nem12::store {

// Columns of a day, which nem12_interval_days, nem12_staging_days and nem12_superseded_days have: as we count them, from 0.
enum DayColumn : int {
#define NEM12_DAY_COLUMN(part, place, ...) place,
#include "store/versioned_rows.inc"
};
inline constexpr pg::Column kDayColumnTypes[] = {
#define NEM12_DAY_COLUMN(part, place, name, oid, ...) {#name, oid},
#include "store/versioned_rows.inc"
};
inline constexpr int kDayColumns = std::size(kDayColumnTypes);
enum class Part { kKey, kStamp, kContent, kOther };
inline constexpr Part kDayParts[] = {
#define NEM12_DAY_COLUMN(part, ...) Part::part,
#include "store/versioned_rows.inc"
};

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

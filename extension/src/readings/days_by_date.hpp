#pragma once
// A scan node of our own over nem12_interval_days for one NMI, or one channel of it: its days in the order of their dates,
// newest or oldest first, month by month as they are asked for. PostgreSQL has no such order where an NMI has several channels,
// and planning and opening a decade of months takes longer than reading a day of them.

#include "pg/postgres.hpp"

extern "C" {
#include "nodes/pathnodes.h"
}

namespace nem12::readings {

struct DaysByDate {
    bool newest_first;
    int dates; // how many different dates are enough; 0: all
    Expr *nmi; // which NMI, and which suffix (nullptr: all): no variables
    Expr *suffix;
};

// Has `rel`, the partitioned table of days, read so: its partitions are not planned one by one.
void read_days_by_date(PlannerInfo *root, RelOptInfo *rel, const DaysByDate &wanted);

// Whether the table is such that the scan can read it, and `day`, a column of it, is its interval_date.
bool can_read_by_date(Oid days, AttrNumber day);

void install_days_by_date(); // once, from _PG_init

} // namespace nem12::readings

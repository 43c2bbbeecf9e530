#pragma once
// Days straight into nem12_interval_days (direct_table.hpp), where they are not stored yet.
//
// It takes only what it can do right and says so: ordinary local heap partitions with the primary key (nmi, nmi_suffix,
// interval_date), no triggers, rules, row security or columns with a default, not Citus. Everything else is the executor's.

#include "store/day_partitions.hpp"

namespace nem12::store {

// Inserts the rows whose key is not stored yet, and sets their `inserted`. `rows` are sorted so that
// equal keys are neighbours; of those the first goes in. Returns the number inserted, or -1 when the executor has to do it
// (nothing was inserted then). Raises what COPY would raise: a key that another session commits meanwhile is a unique
// violation.
int64 direct_insert(Oid days, TableRow *rows, int64 count);

} // namespace nem12::store

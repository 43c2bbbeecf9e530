#pragma once
// Rows straight into a partitioned table, the way COPY puts them there: tuples by the page, then their index entries.
//
// Faster than INSERT ... ON CONFLICT because nothing is planned, nothing speculated and WAL is written by the page.
// It takes only what it can do right and says so: ordinary local heap partitions with the primary key (nmi, nmi_suffix,
// interval_date), no triggers, rules, row security or columns of the user, not Citus. Everything else is the executor's.

#include "pg/postgres.hpp"

namespace nem12::pg {

struct TableRow {
    Datum *values; // in the table's column order
    bool *nulls;
    bool inserted; // out; false: a row with its key was there
};

// Inserts the rows, of `columns` values each, whose key is not stored yet, and sets their `inserted`. `rows` are sorted so that
// equal keys are neighbours; of those the first goes in. Returns the number inserted, or -1 when the executor has to do it
// (nothing was inserted then). Raises what COPY would raise: a key that another session commits meanwhile is a unique
// violation.
int64 direct_insert(Oid table, int columns, TableRow *rows, int64 count);

} // namespace nem12::pg

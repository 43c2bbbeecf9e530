#pragma once
// Writing an ordinary table without a plan, the way COPY does: tuples by the page, then their index entries.
//
// Faster than a statement because nothing is planned, nothing speculated and WAL is written by the page. Only for tables that
// ask for no more: local heap, no triggers, rules, row security, generated columns, children. Everything else is the
// executor's.

#include <initializer_list>
#include <span>

#include "pg/columns.hpp"

namespace nem12::store {

struct TableRow {
    Datum *values; // in the table's column order
    bool *nulls;
    bool inserted; // which rows insert_rows() takes; out of direct_insert(): false, a row with its key was there
};

// A row that is to be replaced or to go.
struct OldRow {
    ItemPointerData place;
    bool was_updated; // it replaced another row once
};

struct WriteTarget {
    Relation table;
    EState *estate;
    ResultRelInfo *relation; // its indexes are open, unless it is partitioned
};

// The table is locked by the caller, who closes it.
WriteTarget open_target(Relation table);
void close_target(WriteTarget &target);

// Whether the table has these columns, in this order, no other ones, and nothing on it that wants the executor.
bool is_plain_table(Relation table, std::span<const pg::Column> first, std::initializer_list<pg::Column> more);
// The same of a partition, whatever its columns. Rules do not reach it.
bool can_write_directly(ResultRelInfo *relation);

// All raise what the executor would, and a serialization failure where another session has been at the same row.
int64 insert_rows(EState *estate, ResultRelInfo *relation, const TableRow *rows, int64 count);    // the number inserted
void update_row(EState *estate, ResultRelInfo *relation, const OldRow &old, TupleTableSlot *row); // that keeps its primary key
void delete_row(Relation table, const OldRow &old);

} // namespace nem12::store

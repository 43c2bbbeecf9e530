#pragma once
// Writing an ordinary table without a plan, the way COPY does: tuples by the page, then their index entries.
//
// Faster than a statement because nothing is planned, nothing speculated and WAL is written by the page. Only for tables that
// ask for no more: local heap, no triggers, rules, row security, children, and where others than our columns are NULL in a new
// row. Everything else is the executor's.

#include <initializer_list>
#include <optional>
#include <span>

#include "pg/columns.hpp"

namespace nem12::store {

// Where a table has our columns, which we count from 0 in an order of our own. By name: upgrades and users append others.
struct RowLayout {
    static constexpr int kMost = 20;
    AttrNumber numbers[kMost]; // of our columns
    int count;                 // how many these are
    int all;                   // how many the table has, with those of others and dropped ones

    bool has_others() const { return all > count; }
};

struct TableRow {
    Datum *values; // of our columns
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

// Where the table has these columns; none: it lacks one, or another of its columns has a default, is computed or is of a
// domain.
std::optional<RowLayout> find_layout(Relation table, std::span<const pg::Column> first,
                                     std::initializer_list<pg::Column> more = {});
// The same, and none where something on the table wants the executor.
std::optional<RowLayout> find_plain_layout(Relation table, std::span<const pg::Column> first,
                                           std::initializer_list<pg::Column> more);
// Whether nothing on a partition wants the executor. Rules do not reach it.
bool can_write_directly(ResultRelInfo *relation);

// Puts our columns into the arrays of an empty slot; what is there of other columns stays. ExecStoreVirtualTuple() then makes a
// row of it.
void put_columns(TupleTableSlot *slot, const RowLayout &layout, const Datum *values, const bool *nulls);
// A slot for rows of which only our columns are given.
TupleTableSlot *create_slot(Relation table, List **reglist = nullptr);

// All raise what the executor would, and a serialization failure where another session has been at the same row.
int64 insert_rows(EState *estate, ResultRelInfo *relation, const RowLayout &layout, const TableRow *rows,
                  int64 count);                                                                   // the number inserted
void update_row(EState *estate, ResultRelInfo *relation, const OldRow &old, TupleTableSlot *row); // that keeps its primary key
void delete_row(Relation table, const OldRow &old);

} // namespace nem12::store

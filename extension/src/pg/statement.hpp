#pragma once
// SQL that the extension runs, by SPI: callers are connected to it, and their search_path is pinned to pg_catalog by CREATE
// FUNCTION.

#include "pg/columns.hpp"

namespace nem12::pg {

inline constexpr int kMaxArguments = 20;

// The schema of the extension, said before any statement runs.
void set_home(Oid schema);
Oid home();

// One statement, planned at its first use and kept for the session, or until the extension is found in another schema. The
// tables and functions it names are looked for in that schema (%1$s) and nowhere else, with arguments of exactly the types they
// want: whoever may create functions there cannot get another one called. %2$s is the list of `columns`.
struct Statement {
    const char *sql;
    int argument_count;
    Oid types[kMaxArguments];
    std::span<const Column> columns = {};
    SPIPlanPtr plan = nullptr;
    Oid home = InvalidOid;
};

class Arguments {
public:
    void add(Datum value, bool present = true) {
        values_[count_] = present ? value : Datum{0};
        nulls_[count_++] = present ? ' ' : 'n';
    }
    void add_pointer(const void *value) { add(PointerGetDatum(value), value != nullptr); }
    void add_text(const char *value) { add(value == nullptr ? Datum{0} : CStringGetTextDatum(value), value != nullptr); }
    Datum *values() { return values_; }
    const char *nulls() const { return nulls_; }

private:
    Datum values_[kMaxArguments];
    char nulls_[kMaxArguments];
    int count_ = 0;
};

// Runs a statement and returns how many rows it gave or changed. Those that it gave are read by column() until finish().
int64 run(Statement &statement, Arguments &arguments);
int64 run(Statement &statement);
// A statement that has to give one row.
void run_for_row(Statement &statement, Arguments &arguments);

Datum column(int number, bool *is_null = nullptr, int64 row = 0);
void finish();

} // namespace nem12::pg

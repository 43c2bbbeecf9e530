#pragma once
// Rows made here that statements read as a table, the way triggers read their transition tables.

#include "pg/columns.hpp"

extern "C" {
#include "utils/queryenvironment.h"
#include "utils/tuplestore.h"
}

namespace nem12::pg {

// For the statements of this SPI connection, until it is closed.
class RowSet {
public:
    RowSet(const char *name, std::span<const Column> columns);
    void add(const Datum *values, const bool *nulls); // in the order of the columns
    void clear();
    void close();

private:
    EphemeralNamedRelation relation_;
    Tuplestorestate *rows_;
};

} // namespace nem12::pg

#pragma once
// A table's row before it is a tuple.

#include "pg/postgres.hpp"

namespace nem12::store {

template <int Columns>
struct RowOf {
    Datum values[Columns];
    bool nulls[Columns];
};

} // namespace nem12::store

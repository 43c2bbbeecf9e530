#pragma once
// Finding a table's index by what it is over.

#include <span>

#include "pg/postgres.hpp"

namespace nem12::pg {

// Opens a valid btree over the whole table that begins with these columns, ascending, with a lock for reading; nullptr: there
// is none.
Relation open_btree(Relation table, std::span<const AttrNumber> columns);

} // namespace nem12::pg

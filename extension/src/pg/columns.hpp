#pragma once
// Columns by name.

#include <span>

#include "pg/postgres.hpp"

namespace nem12::pg {

struct Column {
    const char *name;
    Oid type; // InvalidOid: one of the extension's own, which is whatever it was created as
};

} // namespace nem12::pg

#pragma once
// Differences between PostgreSQL 15 and 18, one macro or function each. Nothing else in the extension tests PG_VERSION_NUM.

#if PG_VERSION_NUM >= 160000
extern "C" {
#include "varatt.h" // split off postgres.h in 16
}
#endif

extern "C" {
#include "nodes/primnodes.h"
}

namespace nem12::pg {

// Whether an outer join below the place where it is used may have turned this variable to NULL. 15 does not know yet;
// there the planner's own reduction of outer joins has to do.
inline bool var_is_nulled([[maybe_unused]] const Var *var) {
#if PG_VERSION_NUM >= 160000
    return var->varnullingrels != nullptr;
#else
    return false;
#endif
}

} // namespace nem12::pg

#if PG_VERSION_NUM < 150000
#error "nem12 needs PostgreSQL 15 or later"
#endif

#pragma once
// Small helpers for reading and making trees of a query.

#include "pg/postgres.hpp"

extern "C" {
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
}

namespace nem12::readings {

template <class T>
Node *node(T *typed) {
    return reinterpret_cast<Node *>(typed);
}

// A column (0-based) of the readings function at `rti`, in the query itself.
inline bool is_column(Index rti, const Node *expression, int column) {
    if (expression == nullptr || !IsA(expression, Var))
        return false;
    const auto *var = reinterpret_cast<const Var *>(expression);
    return var->varlevelsup == 0 && static_cast<Index>(var->varno) == rti && var->varattno == column + 1;
}

// "timestamp" or "time" of single readings.
bool tells_readings_apart(Index rti, const void *expression);

// The only argument of an aggregate; nullptr where it has none or several.
inline Node *only_argument(const Aggref *aggregate) {
    return list_length(aggregate->args) == 1 ? node(static_cast<TargetEntry *>(linitial(aggregate->args))->expr) : nullptr;
}

// Whether `tree` uses any variable of the range table's entry `rti` or, `depth` queries below, of that many levels above.
bool uses_relation(Node *tree, Index rti, int depth = 0);

// Whether `rti` is in the FROM of `jointree`.
bool is_in_jointree(const Node *jointree, Index rti);

} // namespace nem12::readings

#pragma once
// Comparisons of dates and times in a query's clauses: what planner_bounds.cpp and time_bounds.cpp both start from.

#include <initializer_list>

#include "pg/postgres.hpp"

extern "C" {
#include "nodes/pathnodes.h"
}

namespace nem12::readings {

// left <strategy> right, where the strategy and the types are those of PostgreSQL's btree family of dates and times.
struct TimeComparison {
    int strategy;
    Oid left_type;
    Oid right_type;
    Node *left;
    Node *right;
};

Oid datetime_family();

// `clause` as it stands or, `commuted`, with its sides exchanged. False when it is no comparison of dates or times.
bool read_time_comparison(const OpExpr *clause, bool commuted, TimeComparison &comparison);

// Whether `value` gives the same whenever it is evaluated, and does not come from any of `relations` (range table indexes).
bool is_steady_without(PlannerInfo *root, Node *value, std::initializer_list<int> relations);

} // namespace nem12::readings

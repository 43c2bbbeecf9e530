#pragma once
// Time bounds: predicates on a reading's "timestamp" or "time" that the readings scan answers by where in the day it begins and
// ends, instead of computing every reading's time and comparing it.

#include "pg/postgres.hpp"
#include "readings/time_comparison.hpp"

extern "C" {
#include "nodes/pathnodes.h"
}

namespace nem12::readings {

// "timestamp" <strategy> value, where the strategy is a btree's and the value a timestamp or a date of the scan's surroundings,
// or "time" <strategy> value, where it is a timestamptz: the value's type says which.
struct TimeBound {
    int strategy;
    Expr *value;
};

// Whether the left side is what the right side's type asks for. Not what depends on the session's zone: market time against an
// instant, or an instant against a time without one.
bool can_be_time_bound(Index rti, const TimeComparison &comparison);

// Whether `clause` is such a bound on a column of the function at `rti`; then it is in `bound`, its value not copied.
bool find_time_bound(PlannerInfo *root, Index rti, Expr *clause, TimeBound &bound);

// Intervals of a day, 1-based, both ends included; none when first > last.
struct IntervalRange {
    int first;
    int last;
};

// Drops from `range` the intervals that begin where the bound does not hold. `bound`: the bound's value, infinite included.
void narrow(IntervalRange &range, int strategy, Timestamp bound, Timestamp day_start, int interval_count);

// The value of a bound, of type `type`, as market time; what lies beyond all timestamps is the infinity it lies towards.
Timestamp bound_timestamp(Datum value, Oid type);

// How EXPLAIN shows the column and the operator.
const char *bound_column(Oid type);
const char *strategy_operator(int strategy);

} // namespace nem12::readings

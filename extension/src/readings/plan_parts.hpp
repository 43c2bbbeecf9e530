#pragma once
// What the readings scan and the join with days have in common: time bounds in a plan, at execution and in EXPLAIN.

#include <span>

#include "pg/postgres.hpp"
#include "readings/time_bounds.hpp"

extern "C" {
#include "nodes/pathnodes.h"
}

namespace nem12::readings {

// Time bounds of a plan: strategies (integers) and the values beside them.
struct PlannedBounds {
    List *strategies = NIL;
    List *values = NIL;
};

// Takes the time bounds on the function at `rti` out of `clauses`, which are expressions; returns the others.
List *take_time_bounds(PlannerInfo *root, Index rti, List *clauses, PlannedBounds &bounds);

struct BoundState {
    int strategy;
    Oid type;
    ExprState *value;
};

std::span<BoundState> init_time_bounds(const PlannedBounds &bounds, PlanState *plan);

// Leaves out of `day` (DayReadings, DayBuckets or an IntervalRange in disguise) what the bounds leave out. False where a bound
// is NULL, which holds for no reading.
template <class Day>
bool keep_bounds(std::span<const BoundState> bounds, ExprContext *context, Day &day) {
    for (const BoundState &bound : bounds) {
        bool is_null;
        const Datum value = ExecEvalExpr(bound.value, context, &is_null);
        if (is_null)
            return false;
        day.keep(bound.strategy, bound_timestamp(value, bound.type));
    }
    return true;
}

void explain_buckets(int minutes, bool by_quality, const char *more, ExplainState *es);
void explain_time_bounds(const PlannedBounds &bounds, Plan *plan, List *ancestors, ExplainState *es);

} // namespace nem12::readings

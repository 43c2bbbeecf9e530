#pragma once
// What a query asks of the readings: whether it can be answered from buckets of them, and how large the buckets may be.
// Only what is listed here is known to be so; everything else is refused, and the query runs over the readings.

#include "pg/postgres.hpp"
#include "readings/day_buckets.hpp"

extern "C" {
#include "nodes/pathnodes.h"
}

namespace nem12::readings {

struct CombinableUse {
    Index rti;                     // of the readings function
    int minutes = kWholeDay;       // of the longest bucket that serves
    bool by_quality = false;       // buckets end where the quality changes
    bool needs_values = false;     // not only how many readings there are
    const char *refused = nullptr; // why it cannot be
};

// `root` as it is when the planner looks up its first table: flattened, simplified, its clauses not yet handed out.
// False: `use` says why.
bool is_combinable(const PlannerInfo *root, CombinableUse &use);

// A top-level conjunct of a WHERE or of an inner join's ON that is certain to reach the readings scan as one of its time
// bounds.
bool is_certain_time_bound(Index rti, const Node *clause);

// Of what count() would count.
bool is_never_null(const CombinableUse &use, const Node *argument);

// Whether the sum of `expression` over the readings of a bucket is `expression` of their sum, to the last digit: consumption,
// negated, times what is constant in the bucket, chosen by what is constant in it.
bool is_linear(CombinableUse &use, Node *expression);

} // namespace nem12::readings

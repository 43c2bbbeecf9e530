#pragma once
// Whether buckets of several days may be added up before they become rows, and which days.

#include "pg/postgres.hpp"
#include "readings/day_totals.hpp"

extern "C" {
#include "nodes/pathnodes.h"
}

namespace nem12::readings {

struct ProfileUse {
    Index rti;                      // of the readings function, giving buckets
    List *day_keys = NIL;           // expressions on a bucket's start that have to be equal for days that are added up
    List *zones = NIL;              // constants: whose clocks have to be as far from the market's
    TotalsDepth depth = kCountOnly; // of what is asked of buckets
};

// Looks at everything that `root`'s query does with buckets above the joins. False: days have to stay apart.
bool can_add_up_days(PlannerInfo *root, ProfileUse &use);

// The same for one expression. True ends the walk: it keeps days apart.
bool keeps_days_apart(Node *tree, ProfileUse *use);

} // namespace nem12::readings

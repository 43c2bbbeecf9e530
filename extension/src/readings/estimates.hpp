#pragma once
// What the planner cannot know about days and readings by itself: how many readings a day has, that time bounds are met by the
// days already, and that every day has its details.

#include "pg/postgres.hpp"

extern "C" {
#include "nodes/pathnodes.h"
}

namespace nem12::readings {

void install_estimates(); // once, from _PG_init

// Rows of the readings function at `rel` and of its path: time bounds leave out days, which are counted where they are read,
// and parts of the first and the last.
void estimate_rows(PlannerInfo *root, RelOptInfo *rel, Path *path);

} // namespace nem12::readings

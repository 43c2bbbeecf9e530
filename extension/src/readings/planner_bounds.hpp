#pragma once
// Predicates on meter_readings."timestamp" become predicates on the stored interval_date.

namespace nem12::readings {

void install_planner_bounds(); // once, from _PG_init

} // namespace nem12::readings

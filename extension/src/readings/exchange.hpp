#pragma once
// Plain SQL at the speed of packed days: where a query only aggregates readings in ways that buckets of them answer,
// nem12_day_readings in its tree is exchanged for nem12_day_buckets and its aggregates for those over buckets. Day tables,
// joins, predicates and groups stay what they are, so PostgreSQL plans the rest as ever.

namespace nem12::readings {

void install_exchange(); // once, from _PG_init

} // namespace nem12::readings

// What happens when PostgreSQL loads the library.

#include "guc.hpp"
#include "pg/postgres.hpp"
#include "readings/bucket_join.hpp"
#include "readings/estimates.hpp"
#include "readings/exchange.hpp"
#include "readings/newest.hpp"
#include "readings/planner_bounds.hpp"
#include "readings/scan.hpp"

extern "C" {
NEM12_MODULE_MAGIC("nem12", NEM12_VERSION);
PGDLLEXPORT void _PG_init(void);
}

void _PG_init(void) {
    nem12::define_settings();
    nem12::readings::install_planner_bounds();
    nem12::readings::install_exchange();
    nem12::readings::install_estimates();
    nem12::readings::install_newest();
    nem12::readings::install_readings_scan();
    nem12::readings::install_bucket_join();
}

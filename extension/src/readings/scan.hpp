#pragma once
// A scan node of our own for the readings of a day, instead of a function scan.

#include "pg/postgres.hpp"

extern "C" {
#include "nodes/pathnodes.h"
}

namespace nem12::readings {

bool is_readings_scan(const Path *path);

void install_readings_scan(); // once, from _PG_init

} // namespace nem12::readings

#pragma once
// A scan node of our own for the readings of a day, instead of a function scan.

namespace nem12 {

void install_readings_scan(); // once, from _PG_init

} // namespace nem12

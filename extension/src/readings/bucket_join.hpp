#pragma once
// A node of our own for days and the buckets of their readings, instead of a nested loop over days with a readings scan inside.
// Where nothing but a part of the day, or what days have in common, is asked of a bucket, days that have it in common are added
// up before they become rows: an hourly profile of a year is then 24 rows, not 8,760.

namespace nem12::readings {

void install_bucket_join(); // once, from _PG_init

} // namespace nem12::readings

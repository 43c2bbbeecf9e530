#pragma once
// Expressions on a reading's time that have one value for all readings of a bucket of the day: date_trunc('month',
// "timestamp"), extract(hour FROM "time" AT TIME ZONE 'Australia/Adelaide') and the like.

#include "pg/postgres.hpp"

extern "C" {
#include "nodes/pathnodes.h"
}

namespace nem12::readings {

// Minutes of the longest bucket (1440, 60, 30 or 15, counted from midnight of market time) within which `expression`, on the
// time of the readings function at `rti` (or on the start of its buckets), does not change; 0: it is nothing that is known to
// be so.
int bucket_minutes(Index rti, const Node *expression);

// extract(hour FROM "timestamp"), which is the same every day.
bool is_hour_of_day(Index rti, const Node *expression);

// The zone (a constant text) of extract(hour FROM "time" AT TIME ZONE zone), which is the same on all days that the zone's
// clock is as far from the market's; nullptr: it is something else.
const Const *zone_of_local_hour(Index rti, const Node *expression);

} // namespace nem12::readings

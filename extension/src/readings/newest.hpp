#pragma once
// The newest reading of a channel, or the oldest: ORDER BY "timestamp" DESC LIMIT 1 and max("timestamp") need a day of it, not
// the decade. One channel's days by date give its readings by time.

namespace nem12::readings {

void install_newest(); // once, from _PG_init

} // namespace nem12::readings

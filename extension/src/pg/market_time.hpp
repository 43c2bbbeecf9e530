#pragma once
// Market time of mdff as PostgreSQL's date and timestamp, which count from 2000-01-01.

#include "mdff/calendar.hpp"
#include "pg/postgres.hpp"

namespace nem12::pg {

inline constexpr int kEpochDays = POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE;

inline DateADT to_date(mdff::Date date) { return date.days - kEpochDays; }

inline mdff::Date from_date(DateADT date) { return {date + kEpochDays}; }

// What the market's clock is ahead of the instants that PostgreSQL counts.
inline constexpr int64 kMarketOffset = mdff::kMarketOffset * USECS_PER_SEC;

// kNoDateTime gives DT_NOBEGIN, which no file can hold.
inline Timestamp to_timestamp(mdff::DateTime time) {
    if (time == mdff::kNoDateTime)
        return DT_NOBEGIN;
    return (time.seconds - static_cast<int64_t>(kEpochDays) * SECS_PER_DAY) * USECS_PER_SEC;
}

// The clock on the market's wall.
inline mdff::DateTime market_now() {
    const int64 seconds = (GetCurrentTimestamp() + kMarketOffset) / USECS_PER_SEC;
    return {seconds + static_cast<int64>(kEpochDays) * SECS_PER_DAY};
}

} // namespace nem12::pg

#pragma once
// Market time of mdff as PostgreSQL's date and timestamp, which count from 2000-01-01.

#include "mdff/calendar.hpp"
#include "pg/postgres.hpp"

namespace nem12::pg {

inline constexpr int kEpochDays = POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE;

inline DateADT to_date(mdff::Date date) {
    return date.days - kEpochDays;
}

inline mdff::Date from_date(DateADT date) {
    return {date + kEpochDays};
}

inline Timestamp to_timestamp(mdff::DateTime time) {
    return (time.seconds - static_cast<int64_t>(kEpochDays) * SECS_PER_DAY) * USECS_PER_SEC;
}

} // namespace nem12::pg

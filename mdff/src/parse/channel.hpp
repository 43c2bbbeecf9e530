#pragma once
// A channel (200) and what its days have in common.

#include "parse/date_set.hpp"
#include "parse/reading.hpp"

namespace mdff {

struct Channel {
    Parent state = Parent::kMissing;
    bool has_days = false;
    bool has_good_days = false;
    int interval_count = 0; // values a day has; 0 when the interval length is wrong
    int uom_decimals = 0;
    Date last_date = kNoDate; // the greatest readable one of its 300s
    DateSet dates;            // of all its 300s
    DateSet refused_dates;
    ChannelDetails details{};
    char text[kMaxLineLength];

    void begin(uint64_t line) noexcept {
        state = Parent::kRefused;
        has_days = has_good_days = false;
        interval_count = 0;
        last_date = kNoDate;
        dates.clear();
        refused_dates.clear();
        details = {};
        details.line = line;
    }
};

} // namespace mdff

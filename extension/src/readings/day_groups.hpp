#pragma once
// Days added up by their keys: what one query asks of a day beside its readings, such as its NMI, its month or its distance
// from UTC.

#include <span>

#include "readings/day_totals.hpp"

extern "C" {
#include "nodes/execnodes.h"
#include "pgtime.h"
}

namespace nem12::readings {

// A zone whose clock was the same distance from UTC between two instants (seconds of Unix), and how far.
struct Clock {
    const pg_tz *zone;
    pg_time_t from = 0;
    pg_time_t until = 0;
    int64 distance = 0;
};

// How far the zone's clock is from UTC on this day of the market's, in seconds; on a day on which it changes, something that no
// other day has.
int64 distance_of(Clock &clock, DateADT date);

struct DayKey {
    int place; // in the days' tuple, where it is neither of these
    ExprState *expression;
    Clock clock;
    int16 length;
    bool by_value;
    NullableDatum pending; // of the day that is added next
};

// Days that are being added up: those whose keys have these values.
struct DayGroup {
    DayTotals *totals;
    MemoryContext context; // of the values
    NullableDatum *values; // in the order of the keys
    Timestamp start;       // of the first of the days
    int interval_length;
    int64 used; // the greater, the later; 0: not open
};

// A few groups are open at a time, for what comes and goes: the days of the week, or the days before and after a change of the
// clock, channel by channel. All zeros is a valid value, without keys and groups.
class DayGroups {
public:
    // Lives in `context`.
    void init(MemoryContext context, std::span<DayKey> keys, int minutes, TotalsDepth depth);
    std::span<DayKey> keys() const { return keys_; }

    // Adds a day with the pending keys to its group, and returns nullptr; or a group that has to make room before.
    DayGroup *add(const StoredDay &day, const IntervalRange &kept);
    // A group that is open; nullptr: none is.
    DayGroup *any_open();
    void clear();

private:
    MemoryContext context_;
    std::span<DayKey> keys_;
    std::span<DayGroup> groups_;
    int minutes_;
    TotalsDepth depth_;
    int64 uses_; // counted

    bool takes(const DayGroup &group, const mdff::ValuesHeader &header) const;
    DayGroup &group_of(const mdff::ValuesHeader &header);
    void open(DayGroup &group, const StoredDay &day, const mdff::ValuesHeader &header);
};

} // namespace nem12::readings

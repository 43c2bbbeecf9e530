#include "readings/day_groups.hpp"

#include <new>

#include "readings/day_buckets.hpp"

extern "C" {
#include "utils/datum.h"
}

namespace nem12::readings {
namespace {

bool is_same(const DayKey &key, const NullableDatum &value) {
    if (key.pending.isnull || value.isnull)
        return key.pending.isnull == value.isnull;
    return datumIsEqual(key.pending.value, value.value, key.by_value, key.length);
}

} // namespace

int64 distance_of(Clock &clock, DateADT date) {
    constexpr int64 kChanges = int64{1} << 40;
    constexpr int64 kEpoch = int64{POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE} * SECS_PER_DAY;
    const pg_time_t start = instant_of(start_of_day(date)) / USECS_PER_SEC + kEpoch;
    const pg_time_t end = start + SECS_PER_DAY;
    if (start >= clock.from && end <= clock.until)
        return clock.distance;
    long before;
    long after;
    int is_dst_before;
    int is_dst_after;
    pg_time_t change;
    const int found = pg_next_dst_boundary(&start, &before, &is_dst_before, &change, &after, &is_dst_after, clock.zone);
    if (found < 0 || (found > 0 && change < end))
        return kChanges + date;
    clock = {clock.zone, start, found > 0 ? change : end, before};
    return before;
}

void DayGroups::init(MemoryContext context, std::span<DayKey> keys, int minutes, TotalsDepth depth) {
    constexpr size_t kMostGroups = 8;
    context_ = context;
    keys_ = keys;
    minutes_ = minutes;
    depth_ = depth;
    // A day that makes room for another is one row, an hour's profile many.
    const size_t count = minutes == kWholeDay ? 1 : kMostGroups;
    groups_ = {static_cast<DayGroup *>(MemoryContextAllocZero(context, sizeof(DayGroup) * count)), count};
}

DayGroup *DayGroups::add(const StoredDay &day, const IntervalRange &kept) {
    const mdff::ValuesHeader header = values::values_header(day.values);
    DayGroup &group = group_of(header);
    if (!takes(group, header)) {
        if (group.used != 0)
            return &group;
        open(group, day, header);
    }
    group.used = ++uses_;
    group.totals->add(day.values, kept);
    return nullptr;
}

DayGroup *DayGroups::any_open() {
    for (DayGroup &group : groups_)
        if (group.used != 0)
            return &group;
    return nullptr;
}

void DayGroups::clear() {
    for (DayGroup &group : groups_)
        group.used = 0;
}

bool DayGroups::takes(const DayGroup &group, const mdff::ValuesHeader &header) const {
    if (group.used == 0 || !group.totals->takes(header))
        return false;
    for (size_t i = 0; i < keys_.size(); ++i)
        if (!is_same(keys_[i], group.values[i]))
            return false;
    return true;
}

// The group that the pending keys belong to or, if there is none, the one that was not used for the longest time.
DayGroup &DayGroups::group_of(const mdff::ValuesHeader &header) {
    DayGroup *oldest = &groups_.front();
    for (DayGroup &group : groups_) {
        if (takes(group, header))
            return group;
        if (group.used < oldest->used)
            oldest = &group;
    }
    return *oldest;
}

void DayGroups::open(DayGroup &group, const StoredDay &day, const mdff::ValuesHeader &header) {
    if (group.totals == nullptr) {
        group.context = AllocSetContextCreate(context_, "nem12 days added up", ALLOCSET_SMALL_SIZES);
        void *memory = MemoryContextAlloc(context_, sizeof(DayTotals) + alignof(DayTotals));
        memory = reinterpret_cast<void *>(TYPEALIGN(alignof(DayTotals), memory));
        group.totals = new (memory) DayTotals(minutes_, depth_);
    }
    group.totals->clear(header);
    group.start = start_of_day(day.date);
    group.interval_length = interval_length_of(header.count);
    MemoryContextReset(group.context);
    const MemoryContext previous = MemoryContextSwitchTo(group.context);
    group.values = static_cast<NullableDatum *>(palloc(sizeof(NullableDatum) * (keys_.size() + 1)));
    for (size_t i = 0; i < keys_.size(); ++i) {
        const DayKey &key = keys_[i];
        group.values[i] = key.pending;
        if (!key.pending.isnull)
            group.values[i].value = datumCopy(key.pending.value, key.by_value, key.length);
    }
    MemoryContextSwitchTo(previous);
}

} // namespace nem12::readings

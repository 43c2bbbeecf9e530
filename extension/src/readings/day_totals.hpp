#pragma once
// Readings of many days, added up by their place in the day: one bucket for each part of the day, however many days there are.

#include "readings/day_readings.hpp"
#include "values/bucket.hpp"

namespace nem12::readings {

// What buckets are asked for; min and max come with the sums of whole days.
enum TotalsDepth { kCountOnly, kCountAndSum, kAllTotals };

// Days that can be added up together have as many values, at one scale.
class DayTotals {
public:
    // `minutes`: of a bucket. What is beyond `depth` is of no use in what comes out.
    DayTotals(int minutes, TotalsDepth depth) : minutes_(minutes), depth_(depth) {}

    void clear(const mdff::ValuesHeader &header);
    bool takes(const mdff::ValuesHeader &header) const;

    // Adds what `kept` has of a day. ERROR on stored bytes that cannot be read.
    void add(const varlena *values, const IntervalRange &kept);

    // The next bucket that has readings, and its first interval (0-based); false after the last.
    bool next(values::Bucket &bucket, int &interval);

private:
    void add_to_day(const varlena *values, const IntervalRange &kept);
    void add_to_intervals(const varlena *values, const IntervalRange &kept);

    int minutes_;
    TotalsDepth depth_;
    mdff::ValuesHeader header_{};
    int32 days_ = 0;
    int next_interval_ = 0;
    values::Bucket bucket_{}; // where a bucket is the day
    // Of each interval, where it is not. Sums are aligned for mdff.
    int32 whole_days_ = 0; // counted here, not in readings_
    int32 readings_[mdff::kMaxIntervals];
    int64 min_[mdff::kMaxIntervals];
    int64 max_[mdff::kMaxIntervals];
    alignas(16) __int128 sums_[mdff::kMaxIntervals];
    values::DecodedDay day_;
};

} // namespace nem12::readings

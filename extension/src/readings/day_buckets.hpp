#pragma once
// The readings of one stored day, combined: what nem12_day_buckets and the readings scan give out where a query asks for
// nothing that tells the readings of a bucket apart (combinable.hpp).

#include "readings/day_readings.hpp"
#include "values/bucket.hpp"

namespace nem12::readings {

// The columns of nem12_day_buckets: those of nem12_day_readings, so that a variable of the one is the same of the other, and
// these. Of the readings' columns "timestamp" and "time" are the first of the bucket, interval_end the last, consumption the
// sum.
enum BucketColumn {
    kBucketStart = kReadingColumns, // the first "timestamp"
    kBucketLast,                    // the last "timestamp"
    kBucketStartTime,               // the first "time"
    kBucketLastTime,                // the last "time"
    kBucketReadings,                // the bucket, of which only `readings` counts: no value is decoded for it
    kBucket,
    kBucketColumns
};

// The sum of a bucket as a numeric; it lives in `image` or, where it is large, is palloc'd.
Datum sum_of_bucket(const values::Bucket &bucket, pg::NumericImage &image);

inline constexpr int kWholeDay = mdff::kMinutesPerDay; // as the length of a bucket

inline bool is_bucket_length(int minutes) { return minutes > 0 && kWholeDay % minutes == 0; }

// One bucket for the readings that begin in the same `minutes` (a divisor of a day) of the day and, `by_quality`, are of the
// same run of equal quality.
class DayBuckets {
public:
    // ERROR on a date or a count of values that no day can have, and on stored bytes that cannot be read.
    DayBuckets(const StoredDay &day, int minutes, bool by_quality);

    // As DayReadings::keep: readings are left out before they are combined.
    void keep(int strategy, Timestamp bound);

    bool next(); // to the next bucket; false after the last

    // A column of the current bucket (ReadingColumn or BucketColumn), living until next(). Quality is NULL but where
    // `by_quality`.
    Datum column(int column, bool &is_null);

private:
    void combine();
    void next_run();
    Timestamp start_of_interval(int interval) const;

    const varlena *values_;
    Timestamp start_;
    mdff::ValuesHeader header_;
    int interval_length_;
    int minutes_;
    bool by_quality_;
    IntervalRange kept_;
    int first_ = 1; // of the bucket, 1-based, both included
    int last_ = 0;
    bool is_combined_ = false; // bucket_ is of this bucket
    bool is_decoded_ = false;
    values::Bucket bucket_{};
    values::Bucket counted_{};
    pg::NumericImage sum_;
    mdff::QualityRuns runs_;
    mdff::IntervalEvent run_{};
    RunTexts texts_;
    values::DecodedDay day_;
};

} // namespace nem12::readings

#include "readings/day_buckets.hpp"

#include <algorithm>
#include <type_traits>

#include "pg/boundary.hpp"
#include "pg/errors.hpp"
#include "pg/text.hpp"

namespace nem12::readings {

static_assert(std::is_trivially_destructible_v<DayBuckets>);

Datum sum_of_bucket(const values::Bucket &bucket, pg::NumericImage &image) {
    if (bucket.sum < PG_INT64_MIN || bucket.sum > PG_INT64_MAX)
        return NumericGetDatum(values::make_numeric_from_total(bucket.sum, bucket.scale));
    return NumericGetDatum(pg::write_numeric(static_cast<int64_t>(bucket.sum), bucket.scale, image));
}

DayBuckets::DayBuckets(const StoredDay &day, int minutes, bool by_quality)
    : values_(day.values), start_(start_of_day(day.date)), header_(values::values_header(day.values)),
      interval_length_(interval_length_of(header_.count)), minutes_(minutes), by_quality_(by_quality), kept_{1, header_.count},
      runs_(pg::view_of(day.quality), pg::view_of(day.events), header_.count) {}

void DayBuckets::keep(int strategy, Timestamp bound) {
    narrow(kept_, strategy, bound, start_, header_.count);
    last_ = kept_.first - 1;
}

void DayBuckets::next_run() {
    if (!runs_.next(run_))
        ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED), errmsg("stored quality of a day cannot be read")));
    texts_.forget();
}

bool DayBuckets::next() {
    if (last_ >= kept_.last)
        return false;
    first_ = last_ + 1;
    const int end_minute = ((first_ - 1) * interval_length_ / minutes_ + 1) * minutes_;
    last_ = std::min(kept_.last, (end_minute - 1) / interval_length_ + 1);
    if (by_quality_) {
        while (first_ > run_.end_interval)
            next_run();
        last_ = std::min<int>(last_, run_.end_interval);
    }
    is_combined_ = false;
    return true;
}

void DayBuckets::combine() {
    is_combined_ = true;
    bucket_.readings = last_ - first_ + 1;
    bucket_.scale = header_.scale;
    if (bucket_.readings == header_.count) { // a whole day is not expanded
        const mdff::ValuesSummary summary = values::values_summary(values_);
        bucket_.sum = summary.sum;
        bucket_.min = summary.min;
        bucket_.max = summary.max;
        return;
    }
    if (!is_decoded_)
        values::decode_day(values_, day_);
    is_decoded_ = true;
    int128 sum = 0;
    int64 least = day_.values[first_ - 1];
    int64 greatest = least;
    for (int i = first_ - 1; i < last_; ++i) {
        sum += day_.values[i];
        least = Min(least, day_.values[i]);
        greatest = Max(greatest, day_.values[i]);
    }
    bucket_.sum = sum;
    bucket_.min = least;
    bucket_.max = greatest;
}

Timestamp DayBuckets::start_of_interval(int interval) const {
    return start_ + (interval - 1) * interval_length_ * USECS_PER_MINUTE;
}

Datum DayBuckets::column(int column, bool &is_null) {
    is_null = false;
    switch (column) {
    case kTimestamp:
    case kBucketStart: return TimestampGetDatum(start_of_interval(first_));
    case kBucketLast: return TimestampGetDatum(start_of_interval(last_));
    case kTime:
    case kBucketStartTime: return TimestampTzGetDatum(instant_of(start_of_interval(first_)));
    case kBucketLastTime: return TimestampTzGetDatum(instant_of(start_of_interval(last_)));
    case kIntervalEnd: return TimestampGetDatum(start_of_interval(last_ + 1));
    case kIntervalLength: return Int32GetDatum(interval_length_);
    case kBucketReadings: counted_.readings = last_ - first_ + 1; return PointerGetDatum(&counted_);
    case kConsumption:
    case kBucket:
        if (!is_combined_)
            combine();
        if (column == kBucket)
            return PointerGetDatum(&bucket_);
        return sum_of_bucket(bucket_, sum_);
    default: break;
    }
    if (!by_quality_) {
        is_null = true;
        return Datum{};
    }
    if (column == kReasonCode)
        return reason_code_column(run_.quality, is_null);
    return texts_.column(static_cast<ReadingColumn>(column), run_.quality, is_null);
}

NEM12_FUNCTION(nem12_day_buckets) {
    InitMaterializedSRF(fcinfo, 0);
    const auto *result = reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo);
    const int minutes = PG_GETARG_INT32(4);
    const bool by_quality = PG_GETARG_BOOL(5);
    if (!is_bucket_length(minutes))
        ereport(ERROR,
                (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%d minutes do not divide a day into buckets", minutes)));
    DayBuckets buckets({PG_GETARG_DATEADT(0), NEM12_GETARG_VALUES(1), PG_GETARG_TEXT_PP(2), PG_GETARG_TEXT_PP(3)}, minutes,
                       by_quality);
    while (buckets.next()) {
        Datum values[kBucketColumns];
        bool nulls[kBucketColumns];
        for (int column = 0; column < kBucketColumns; ++column)
            values[column] = buckets.column(column, nulls[column]);
        tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
    }
    PG_RETURN_NULL();
}

// Only the server makes buckets: nothing that is read in could be trusted to be one.
NEM12_FUNCTION(nem12_bucket_in) {
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("cannot accept a value of type nem12_bucket")));
}

// (readings,sum,min,max)
NEM12_FUNCTION(nem12_bucket_out) {
    const auto *bucket = reinterpret_cast<const values::Bucket *>(PG_GETARG_POINTER(0));
    const auto written = [](Numeric number) {
        return DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(number)));
    };
    PG_RETURN_CSTRING(psprintf(
        "(%d,%s,%s,%s)", bucket->readings, written(values::make_numeric_from_total(bucket->sum, bucket->scale)),
        written(values::make_numeric(bucket->min, bucket->scale)), written(values::make_numeric(bucket->max, bucket->scale))));
}

} // namespace nem12::readings

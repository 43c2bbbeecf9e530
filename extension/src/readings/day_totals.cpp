#include "readings/day_totals.hpp"

#include <algorithm>
#include <type_traits>

#include "pg/errors.hpp"

namespace nem12::readings {
namespace {

constexpr int32 kMostDays = 1'000'000; // so many readings of a bucket are counted in 32 bits

// `value`, `readings` times over, into a bucket.
void add_to(values::Bucket &bucket, int128 sum, int64 min, int64 max, int32 readings) {
    bucket.min = bucket.readings == 0 ? min : std::min(bucket.min, min);
    bucket.max = bucket.readings == 0 ? max : std::max(bucket.max, max);
    bucket.sum += sum;
    bucket.readings += readings;
}

} // namespace

static_assert(std::is_trivially_destructible_v<DayTotals>);

void DayTotals::clear(const mdff::ValuesHeader &header) {
    header_ = header;
    days_ = whole_days_ = 0;
    next_interval_ = 0;
    bucket_ = {};
    bucket_.scale = header.scale;
    if (minutes_ == mdff::kMinutesPerDay)
        return;
    std::fill_n(readings_, header.count, 0);
    std::fill_n(sums_, header.count, 0);
    std::fill_n(min_, header.count, PG_INT64_MAX);
    std::fill_n(max_, header.count, PG_INT64_MIN);
}

bool DayTotals::takes(const mdff::ValuesHeader &header) const {
    return header.count == header_.count && header.scale == header_.scale && days_ < kMostDays;
}

void DayTotals::add(const varlena *values, const IntervalRange &kept) {
    if (kept.first > kept.last)
        return;
    ++days_;
    if (minutes_ == mdff::kMinutesPerDay)
        add_to_day(values, kept);
    else
        add_to_intervals(values, kept);
}

void DayTotals::add_to_day(const varlena *values, const IntervalRange &kept) {
    const int readings = kept.last - kept.first + 1;
    if (depth_ == kCountOnly) {
        bucket_.readings += readings;
        return;
    }
    if (readings == header_.count) {
        const mdff::ValuesSummary summary = values::values_summary(values);
        add_to(bucket_, summary.sum, summary.min, summary.max, readings);
        return;
    }
    values::decode_day(values, day_);
    for (int i = kept.first - 1; i < kept.last; ++i)
        add_to(bucket_, day_.values[i], day_.values[i], day_.values[i], 1);
}

void DayTotals::add_to_intervals(const varlena *values, const IntervalRange &kept) {
    const bool is_whole = kept.first == 1 && kept.last == header_.count;
    if (is_whole && depth_ != kAllTotals) {
        if (depth_ == kCountAndSum && !mdff::add_values(values::values_bytes(values), {sums_, header_.count}))
            pg::report_corrupt_values();
        ++whole_days_;
        return;
    }
    values::decode_day(values, day_);
    for (int i = kept.first - 1; i < kept.last; ++i) {
        sums_[i] += day_.values[i];
        min_[i] = std::min(min_[i], day_.values[i]);
        max_[i] = std::max(max_[i], day_.values[i]);
        ++readings_[i];
    }
}

bool DayTotals::next(values::Bucket &bucket, int &interval) {
    if (minutes_ == mdff::kMinutesPerDay) {
        interval = 0;
        bucket = bucket_;
        return next_interval_++ == 0 && bucket_.readings > 0;
    }
    const int interval_length = interval_length_of(header_.count);
    while (next_interval_ < header_.count) {
        const int part = next_interval_ * interval_length / minutes_;
        bucket = {};
        bucket.scale = header_.scale;
        interval = next_interval_;
        for (; next_interval_ < header_.count && next_interval_ * interval_length / minutes_ == part; ++next_interval_) {
            const int32 readings = readings_[next_interval_] + whole_days_;
            if (readings != 0)
                add_to(bucket, sums_[next_interval_], min_[next_interval_], max_[next_interval_], readings);
        }
        if (bucket.readings > 0)
            return true;
    }
    return false;
}

} // namespace nem12::readings

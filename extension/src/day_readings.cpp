#include "day_readings.hpp"

#include <type_traits>

#include "mdff/code_tables.hpp"

#include "pg/boundary.hpp"
#include "pg/errors.hpp"
#include "pg/text.hpp"

namespace nem12 {
namespace {

static_assert(std::is_trivially_destructible_v<DayReadings>);

constexpr uint32_t kQualityColumns = 1U << kQualityMethod | 1U << kReasonCode | 1U << kReasonDescription;

Timestamp start_of(DateADT date) {
    constexpr DateADT kFirst = DATETIME_MIN_JULIAN - POSTGRES_EPOCH_JDATE;
    constexpr DateADT kLast = TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE - 2; // its end is a timestamp too
    if (date < kFirst || date > kLast)
        ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("date of a day of readings out of range")));
    return static_cast<Timestamp>(date) * USECS_PER_DAY;
}

int interval_length_of(int count) {
    if (mdff::kMinutesPerDay % count != 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%d values do not divide a day into intervals", count)));
    return mdff::kMinutesPerDay / count;
}

std::string_view description_of(const mdff::Quality &quality) {
    if (!quality.reason_description.empty() || quality.reason_code == mdff::kNoReason)
        return quality.reason_description;
    const mdff::Reason *reason = mdff::find_reason(quality.reason_code);
    return reason == nullptr ? std::string_view{} : reason->description;
}

} // namespace

DayReadings::DayReadings(const StoredDay &day, uint32_t columns)
    : start_(start_of(day.date)), columns_(columns),
      runs_(pg::view_of(day.quality), pg::view_of(day.events), pg::values_header(day.values).count) {
    pg::decode_day(day.values, day_);
    interval_length_ = interval_length_of(day_.header.count);
    for (int column = 0; column < kReadingColumns; ++column)
        run_nulls_[column] = true;
}

void DayReadings::next_run() {
    if (!runs_.next(run_))
        ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED), errmsg("stored quality of a day cannot be read")));
    if ((columns_ & kQualityColumns) == 0)
        return;
    run_values_[kQualityMethod] = PointerGetDatum(pg::to_text(run_.quality.method));
    run_nulls_[kQualityMethod] = false;
    run_values_[kReasonCode] = Int16GetDatum(run_.quality.reason_code);
    run_nulls_[kReasonCode] = run_.quality.reason_code == mdff::kNoReason;
    const std::string_view description = description_of(run_.quality);
    run_nulls_[kReasonDescription] = description.empty();
    if (!description.empty())
        run_values_[kReasonDescription] = PointerGetDatum(pg::to_text(description));
}

bool DayReadings::next(Datum *values, bool *nulls) {
    if (interval_ == day_.header.count)
        return false;
    const int i = interval_++;
    if (interval_ > run_.end_interval)
        next_run();
    const Timestamp start = start_ + i * interval_length_ * USECS_PER_MINUTE;
    values[kTimestamp] = TimestampGetDatum(start);
    nulls[kTimestamp] = false;
    values[kIntervalEnd] = TimestampGetDatum(start + interval_length_ * USECS_PER_MINUTE);
    nulls[kIntervalEnd] = false;
    nulls[kConsumption] = (columns_ & 1U << kConsumption) == 0;
    if (!nulls[kConsumption])
        values[kConsumption] = NumericGetDatum(pg::make_numeric(day_.values[i], day_.header.scale));
    values[kIntervalLength] = Int32GetDatum(interval_length_);
    nulls[kIntervalLength] = false;
    for (int column = kQualityMethod; column < kReadingColumns; ++column) {
        values[column] = run_values_[column];
        nulls[column] = run_nulls_[column];
    }
    return true;
}

} // namespace nem12

NEM12_FUNCTION(nem12_day_readings) {
    InitMaterializedSRF(fcinfo, 0);
    const auto *result = reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo);
    const nem12::StoredDay day{PG_GETARG_DATEADT(0), NEM12_GETARG_VALUES(1), PG_GETARG_TEXT_PP(2), PG_GETARG_TEXT_PP(3)};
    nem12::DayReadings readings(day, nem12::kAllReadingColumns);
    Datum values[nem12::kReadingColumns];
    bool nulls[nem12::kReadingColumns];
    while (readings.next(values, nulls)) {
        tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
        pfree(DatumGetPointer(values[nem12::kConsumption]));
    }
    PG_RETURN_NULL();
}

// Answers no request. It is there because planning a query calls it, which loads this library and so its planner hooks.
NEM12_FUNCTION(nem12_day_readings_support) {
    PG_RETURN_POINTER(nullptr);
}

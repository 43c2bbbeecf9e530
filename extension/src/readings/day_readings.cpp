#include "readings/day_readings.hpp"

#include <type_traits>

#include "mdff/code_tables.hpp"

#include "pg/boundary.hpp"
#include "pg/errors.hpp"
#include "pg/market_time.hpp"
#include "pg/text.hpp"

namespace nem12::readings {
namespace {

static_assert(std::is_trivially_destructible_v<DayReadings>);

// What is stored is in the server's encoding already.
text *plain_text(std::string_view view) { return cstring_to_text_with_len(view.data(), static_cast<int>(view.size())); }

std::string_view description_of(const mdff::Quality &quality) {
    if (!quality.reason_description.empty() || quality.reason_code == mdff::kNoReason)
        return quality.reason_description;
    const mdff::Reason *reason = mdff::find_reason(quality.reason_code);
    return reason == nullptr ? std::string_view{} : reason->description;
}

} // namespace

Timestamp start_of_day(DateADT date) {
    constexpr DateADT kFirst = DATETIME_MIN_JULIAN - POSTGRES_EPOCH_JDATE;
    constexpr DateADT kLast = TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE - 2; // its end is a timestamp too
    if (date < kFirst || date > kLast)
        ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("date of a day of readings out of range")));
    return static_cast<Timestamp>(date) * USECS_PER_DAY;
}

TimestampTz instant_of(Timestamp time) {
    const TimestampTz instant = time - pg::kMarketOffset;
    if (!IS_VALID_TIMESTAMP(instant))
        ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("time of a reading out of range")));
    return instant;
}

int interval_length_of(int count) {
    if (mdff::kMinutesPerDay % count != 0)
        ereport(ERROR,
                (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%d values do not divide a day into intervals", count)));
    return mdff::kMinutesPerDay / count;
}

Datum RunTexts::column(ReadingColumn column, const mdff::Quality &quality, bool &is_null) {
    if (!is_made_) {
        const std::string_view description = description_of(quality);
        method_ = plain_text(quality.method);
        description_ = description.empty() ? nullptr : plain_text(description);
        is_made_ = true;
    }
    const text *shared = column == kQualityMethod ? method_ : description_;
    is_null = shared == nullptr;
    return PointerGetDatum(shared);
}

Datum reason_code_column(const mdff::Quality &quality, bool &is_null) {
    is_null = quality.reason_code == mdff::kNoReason;
    return Int16GetDatum(quality.reason_code);
}

DayReadings::DayReadings(const StoredDay &day)
    : start_(start_of_day(day.date)),
      runs_(pg::view_of(day.quality), pg::view_of(day.events), values::values_header(day.values).count) {
    values::decode_day(day.values, day_);
    interval_length_ = interval_length_of(day_.header.count);
    kept_ = {1, day_.header.count};
}

void DayReadings::keep(int strategy, Timestamp bound) {
    narrow(kept_, strategy, bound, start_, day_.header.count);
    interval_ = kept_.first - 1;
}

bool DayReadings::next() {
    if (interval_ >= kept_.last)
        return false;
    ++interval_;
    while (interval_ > run_.end_interval)
        next_run();
    return true;
}

void DayReadings::next_run() {
    if (!runs_.next(run_))
        ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED), errmsg("stored quality of a day cannot be read")));
    texts_.forget();
}

Datum DayReadings::column(int column, bool &is_null) {
    is_null = false;
    switch (column) {
    case kTimestamp: return TimestampGetDatum(start_ + (interval_ - 1) * interval_length_ * USECS_PER_MINUTE);
    case kTime: return TimestampTzGetDatum(instant_of(start_ + (interval_ - 1) * interval_length_ * USECS_PER_MINUTE));
    case kIntervalEnd: return TimestampGetDatum(start_ + interval_ * interval_length_ * USECS_PER_MINUTE);
    case kConsumption: return NumericGetDatum(pg::write_numeric(day_.values[interval_ - 1], day_.header.scale, consumption_));
    case kIntervalLength: return Int32GetDatum(interval_length_);
    case kReasonCode: return reason_code_column(run_.quality, is_null);
    case kQualityMethod:
    case kReasonDescription: break;
    }
    return texts_.column(static_cast<ReadingColumn>(column), run_.quality, is_null);
}

NEM12_FUNCTION(nem12_day_readings) {
    InitMaterializedSRF(fcinfo, 0);
    const auto *result = reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo);
    DayReadings readings({PG_GETARG_DATEADT(0), NEM12_GETARG_VALUES(1), PG_GETARG_TEXT_PP(2), PG_GETARG_TEXT_PP(3)});
    while (readings.next()) {
        Datum values[kReadingColumns];
        bool nulls[kReadingColumns];
        for (int column = 0; column < kReadingColumns; ++column)
            values[column] = readings.column(column, nulls[column]);
        tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
    }
    PG_RETURN_NULL();
}

} // namespace nem12::readings

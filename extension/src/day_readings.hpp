#pragma once
// The readings of one stored day, one after another: what nem12_day_readings and the readings scan give out.

#include <cstdint>

#include "mdff/day_quality.hpp"
#include "pg/values.hpp"

namespace nem12 {

enum ReadingColumn { kTimestamp, kIntervalEnd, kConsumption, kIntervalLength, kQualityMethod, kReasonCode, kReasonDescription };
inline constexpr int kReadingColumns = 7;
inline constexpr uint32_t kAllReadingColumns = (1U << kReadingColumns) - 1;

// A stored day as nem12_day_readings takes it. The datums must outlive the walk.
struct StoredDay {
    DateADT date;
    const varlena *values;
    const varlena *quality;
    const varlena *events;
};

class DayReadings {
public:
    // `columns` has bit c set for every ReadingColumn wanted; the others are given as NULL.
    // ERROR on a date or a count of values that no day can have, and on stored bytes that cannot be read.
    DayReadings(const StoredDay &day, uint32_t columns);

    // Fills one row of kReadingColumns; what it points to is palloc'd in the current context. False after the last.
    bool next(Datum *values, bool *nulls);

private:
    void next_run();

    pg::DecodedDay day_;
    Timestamp start_;
    int interval_length_;
    uint32_t columns_;
    int interval_ = 0; // readings given out
    mdff::QualityRuns runs_;
    mdff::IntervalEvent run_{};
    Datum run_values_[kReadingColumns]{}; // quality columns of the current run
    bool run_nulls_[kReadingColumns]{};
};

} // namespace nem12

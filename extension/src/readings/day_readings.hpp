#pragma once
// The readings of one stored day, one after another: what nem12_day_readings and the readings scan give out.

#include "mdff/storage/day_quality.hpp"
#include "pg/numeric_image.hpp"
#include "readings/time_bounds.hpp"
#include "values/datum.hpp"

namespace nem12::readings {

// The columns of nem12_day_readings, in order.
enum ReadingColumn {
    kTimestamp,
    kIntervalEnd,
    kConsumption,
    kIntervalLength,
    kQualityMethod,
    kReasonCode,
    kReasonDescription,
    kTime // the instant of kTimestamp
};
inline constexpr int kReadingColumns = 8;

// A stored day as nem12_day_readings takes it. `quality` and `events` must outlive the walk.
struct StoredDay {
    DateADT date;
    const varlena *values;
    const varlena *quality;
    const varlena *events;
};

Timestamp start_of_day(DateADT date);   // ERROR where its end is no timestamp
TimestampTz instant_of(Timestamp time); // of market time; ERROR where it is none
int interval_length_of(int count);      // minutes; ERROR where `count` values do not divide a day

// The texts of a run of equal quality, palloc'd once for all its readings.
class RunTexts {
public:
    void forget() { is_made_ = false; }

    // kQualityMethod or kReasonDescription of `quality`.
    Datum column(ReadingColumn column, const mdff::Quality &quality, bool &is_null);

private:
    bool is_made_ = false;
    text *method_ = nullptr;
    text *description_ = nullptr; // nullptr: none
};

Datum reason_code_column(const mdff::Quality &quality, bool &is_null);

class DayReadings {
public:
    // ERROR on a date or a count of values that no day can have, and on stored bytes that cannot be read.
    explicit DayReadings(const StoredDay &day);

    // Leaves out the readings for which "timestamp" <strategy> `bound` does not hold. To be called before the first next().
    void keep(int strategy, Timestamp bound);

    bool next(); // to the next reading; false after the last

    // A column of the current reading. Its value lives until next(); texts are palloc'd once for each run of equal quality
    // and shared by the run's readings.
    Datum column(int column, bool &is_null);

private:
    void next_run();

    values::DecodedDay day_;
    pg::NumericImage consumption_;
    Timestamp start_;
    int interval_length_;
    IntervalRange kept_;
    int interval_ = 0; // 1-based, as the format counts them; 0: before the first
    mdff::QualityRuns runs_;
    mdff::IntervalEvent run_{};
    RunTexts texts_; // of run_
};

} // namespace nem12::readings

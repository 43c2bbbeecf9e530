// What the quality of a day says of its values: how many are of one kind, and how much is not measured.

#include "mdff/storage/day_quality.hpp"

#include "pg/boundary.hpp"
#include "pg/errors.hpp"
#include "pg/text.hpp"
#include "values/datum.hpp"

namespace nem12::values {
namespace {

// One quality throughout, without reading anything twice: most days.
bool is_uniform(std::string_view events) { return events.empty(); }

char flag_of(const mdff::Quality &quality) { return quality.method.front(); }

// The next run of equal quality; false after the last. ERROR on stored text that cannot be read.
bool next_run(mdff::QualityRuns &runs, mdff::IntervalEvent &run, int interval_count) {
    const int covered = run.end_interval;
    if (covered == interval_count)
        return false;
    if (!runs.next(run) || run.quality.method.empty())
        ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED), errmsg("stored quality of a day cannot be read")));
    return true;
}

} // namespace

// (values, quality, events, flag): how many intervals have a quality method that begins with this letter.
NEM12_FUNCTION(nem12_count_quality) {
    const int count = values_header(NEM12_GETARG_VALUES(0)).count;
    const std::string_view quality = pg::view_of(PG_GETARG_TEXT_PP(1));
    const std::string_view events = pg::view_of(PG_GETARG_TEXT_PP(2));
    const std::string_view flag = pg::view_of(PG_GETARG_TEXT_PP(3));
    if (flag.size() != 1)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("a quality flag is one letter: A, S, F, E, N or V")));
    if (is_uniform(events))
        PG_RETURN_INT32(!quality.empty() && quality.front() == flag.front() ? count : 0);
    mdff::QualityRuns runs(quality, events, count);
    mdff::IntervalEvent run{};
    int found = 0;
    while (next_run(runs, run, count)) {
        if (flag_of(run.quality) == flag.front())
            found += run.end_interval - run.start_interval + 1;
    }
    PG_RETURN_INT32(found);
}

// (values, quality, events): the sum over the intervals that are not actual.
NEM12_FUNCTION(nem12_sum_not_actual) {
    const varlena *packed = NEM12_GETARG_VALUES(0);
    const std::string_view quality = pg::view_of(PG_GETARG_TEXT_PP(1));
    const std::string_view events = pg::view_of(PG_GETARG_TEXT_PP(2));
    const mdff::ValuesHeader header = values_header(packed);
    if (is_uniform(events)) {
        const bool is_actual = quality.starts_with('A');
        PG_RETURN_NUMERIC(make_numeric_from_total(is_actual ? 0 : values_summary(packed).sum, header.scale));
    }
    DecodedDay day;
    decode_day(packed, day);
    mdff::QualityRuns runs(quality, events, header.count);
    mdff::IntervalEvent run{};
    int128 sum = 0;
    while (next_run(runs, run, header.count)) {
        if (flag_of(run.quality) == 'A')
            continue;
        for (int i = run.start_interval; i <= run.end_interval; ++i)
            sum += day.values[i - 1];
    }
    PG_RETURN_NUMERIC(make_numeric_from_total(sum, header.scale));
}

} // namespace nem12::values

#include "readings/bucket_time.hpp"

#include <algorithm>
#include <cstdlib>

#include "pg/market_time.hpp"
#include "readings/day_buckets.hpp"
#include "readings/time_bounds.hpp"
#include "readings/tree.hpp"

extern "C" {
#include "access/stratnum.h"
#include "pgtime.h"
#include "utils/fmgroids.h"
#include "utils/formatting.h"
}

namespace nem12::readings {
namespace {

constexpr int kHour = 60;
constexpr int64 kMarketSeconds = pg::kMarketOffset / USECS_PER_SEC;
constexpr int kBuckets[] = {kWholeDay, kHour, 30, 15}; // each divides the one before it

// The longest bucket whose bounds `time` is one of, in microseconds from a midnight; 0: none.
int bucket_bounded_at(int64 time) {
    for (const int minutes : kBuckets)
        if (time % (minutes * USECS_PER_MINUTE) == 0)
            return minutes;
    return 0;
}

const Const *constant(const Node *expression, Oid type) {
    if (!IsA(expression, Const))
        return nullptr;
    const auto *found = reinterpret_cast<const Const *>(expression);
    return found->consttype == type && !found->constisnull ? found : nullptr;
}

const char *constant_text(const Node *expression) {
    const Const *found = constant(expression, TEXTOID);
    return found == nullptr ? nullptr : TextDatumGetCString(found->constvalue);
}

const Node *argument(const FuncExpr *call, int n) { return static_cast<const Node *>(list_nth(call->args, n)); }

// Between two changes of a zone's clock its time is market time plus a constant. The longest bucket that those constants and
// changes keep whole, over all days that can be stored.
int minutes_of_zone(const char *name) {
    if (strchr(name, '/') == nullptr)
        return 0; // may be an abbreviation, which the settings explain
    pg_tz *zone = pg_tzset(name);
    if (zone == nullptr)
        return 0;
    constexpr pg_time_t kFirst = -2'240'524'800; // 1899
    constexpr pg_time_t kLast = 7'289'654'400;   // 2201
    int minutes = kWholeDay;
    for (pg_time_t time = kFirst; time < kLast && minutes != 0;) {
        long before;
        long after;
        int is_dst_before;
        int is_dst_after;
        pg_time_t change;
        const int found = pg_next_dst_boundary(&time, &before, &is_dst_before, &change, &after, &is_dst_after, zone);
        if (found < 0)
            return 0;
        minutes = std::min(minutes, bucket_bounded_at((before - kMarketSeconds) * USECS_PER_SEC));
        if (found == 0 || change <= time)
            break;
        minutes = std::min(minutes, bucket_bounded_at((change + kMarketSeconds) * USECS_PER_SEC));
        time = change;
    }
    return minutes;
}

int minutes_of_interval_zone(const Node *zone) {
    const Const *found = constant(zone, INTERVALOID);
    if (found == nullptr)
        return 0;
    const Interval *offset = DatumGetIntervalP(found->constvalue);
    return offset->month == 0 && offset->day == 0 ? bucket_bounded_at(offset->time - kMarketSeconds * USECS_PER_SEC) : 0;
}

int minutes_of_text_zone(const Node *zone) {
    const char *name = constant_text(zone);
    return name == nullptr ? 0 : minutes_of_zone(name);
}

bool is_timestamp_of(Index rti, const Node *expression) {
    return (is_column(rti, expression, kTimestamp) || is_column(rti, expression, kBucketStart)) &&
           !pg::var_is_nulled(reinterpret_cast<const Var *>(expression));
}

// The longest bucket within which `instant`, a timestamptz, goes on as market time does.
int minutes_of_instant(Index rti, const Node *instant) {
    if (is_column(rti, instant, kTime) || is_column(rti, instant, kBucketStartTime))
        return pg::var_is_nulled(reinterpret_cast<const Var *>(instant)) ? 0 : kWholeDay;
    if (!IsA(instant, FuncExpr))
        return 0;
    const auto *call = reinterpret_cast<const FuncExpr *>(instant);
    const bool by_interval = call->funcid == F_TIMEZONE_INTERVAL_TIMESTAMP;
    if ((!by_interval && call->funcid != F_TIMEZONE_TEXT_TIMESTAMP) || !is_timestamp_of(rti, argument(call, 1)))
        return 0;
    return by_interval ? minutes_of_interval_zone(argument(call, 0)) : minutes_of_text_zone(argument(call, 0));
}

// The same of `time`, a timestamp: a reading's own, or the local time of its instant.
int minutes_of_time(Index rti, const Node *time) {
    if (is_timestamp_of(rti, time))
        return kWholeDay;
    if (!IsA(time, FuncExpr))
        return 0;
    const auto *call = reinterpret_cast<const FuncExpr *>(time);
    if (call->funcid == F_TIMEZONE_INTERVAL_TIMESTAMPTZ)
        return std::min(minutes_of_interval_zone(argument(call, 0)), minutes_of_instant(rti, argument(call, 1)));
    if (call->funcid == F_TIMEZONE_TEXT_TIMESTAMPTZ)
        return std::min(minutes_of_text_zone(argument(call, 0)), minutes_of_instant(rti, argument(call, 1)));
    return 0;
}

// Of date_trunc, extract and date_part.
int minutes_of_unit(const Node *unit) {
    const char *name = constant_text(unit);
    if (name == nullptr)
        return 0;
    if (pg_strcasecmp(name, "hour") == 0)
        return kHour;
    for (const char *whole :
         {"day", "week", "month", "quarter", "year", "decade", "century", "millennium", "dow", "isodow", "doy", "isoyear"})
        if (pg_strcasecmp(name, whole) == 0)
            return kWholeDay;
    return 0;
}

bool has_any(const char *text, std::initializer_list<const char *> parts) {
    return std::any_of(parts.begin(), parts.end(), [text](const char *part) { return strstr(text, part) != nullptr; });
}

// Of to_char. A format that contains none of the patterns for parts of an hour, not even in quoted text, uses none.
int minutes_of_format(const Node *format) {
    const char *given = constant_text(format);
    if (given == nullptr)
        return 0;
    char *text = asc_toupper(given, strlen(given));
    if (has_any(text, {"MI", "SS", "MS", "US", "FF"}))
        return 0;
    return has_any(text, {"HH", "AM", "A.M", "PM", "P.M"}) ? kHour : kWholeDay;
}

int minutes_of_bins(const Node *stride, const Node *origin) {
    const Const *length = constant(stride, INTERVALOID);
    const Const *from = constant(origin, TIMESTAMPOID);
    if (length == nullptr || from == nullptr || TIMESTAMP_NOT_FINITE(DatumGetTimestamp(from->constvalue)))
        return 0;
    const Interval *interval = DatumGetIntervalP(length->constvalue);
    constexpr int32 kMostDays = 100'000;
    if (interval->month != 0 || std::abs(interval->day) > kMostDays)
        return 0;
    const int64 time = interval->time % USECS_PER_DAY + interval->day * USECS_PER_DAY;
    return std::min(bucket_bounded_at(time), bucket_bounded_at(DatumGetTimestamp(from->constvalue)));
}

// "timestamp" < x and "timestamp" >= x, where x is where a bucket begins; the same of "time".
int minutes_of_comparison(Index rti, const OpExpr *clause) {
    for (const bool commuted : {false, true}) {
        TimeComparison comparison;
        if (!read_time_comparison(clause, commuted, comparison) || !IsA(comparison.right, Const) ||
            (comparison.strategy != BTLessStrategyNumber && comparison.strategy != BTGreaterEqualStrategyNumber))
            continue;
        const bool of_instants = comparison.left_type == TIMESTAMPTZOID && comparison.right_type == TIMESTAMPTZOID;
        const bool of_times =
            comparison.left_type == TIMESTAMPOID && (comparison.right_type == TIMESTAMPOID || comparison.right_type == DATEOID);
        if (!of_instants && !of_times)
            continue;
        const int minutes = of_instants ? minutes_of_instant(rti, comparison.left) : minutes_of_time(rti, comparison.left);
        const auto *value = reinterpret_cast<const Const *>(comparison.right);
        if (minutes == 0 || value->constisnull)
            continue;
        const Timestamp bound = bound_timestamp(value->constvalue, comparison.right_type);
        return TIMESTAMP_NOT_FINITE(bound) ? 0 : std::min(minutes, bucket_bounded_at(bound));
    }
    return 0;
}

int minutes_of_call(Index rti, const FuncExpr *call) {
    switch (call->funcid) {
    case F_DATE_TIMESTAMP: return minutes_of_time(rti, argument(call, 0));
    case F_DATE_TRUNC_TEXT_TIMESTAMP:
    case F_DATE_PART_TEXT_TIMESTAMP:
    case F_EXTRACT_TEXT_TIMESTAMP: return std::min(minutes_of_unit(argument(call, 0)), minutes_of_time(rti, argument(call, 1)));
    case F_DATE_TRUNC_TEXT_TIMESTAMPTZ_TEXT:
        return std::min({minutes_of_unit(argument(call, 0)), minutes_of_instant(rti, argument(call, 1)),
                         minutes_of_text_zone(argument(call, 2))});
    case F_TO_CHAR_TIMESTAMP_TEXT:
        return std::min(minutes_of_format(argument(call, 1)), minutes_of_time(rti, argument(call, 0)));
    case F_DATE_BIN_INTERVAL_TIMESTAMP_TIMESTAMP:
        return std::min(minutes_of_bins(argument(call, 0), argument(call, 2)), minutes_of_time(rti, argument(call, 1)));
    default: return 0;
    }
}

// The x of extract(hour FROM x); nullptr: it is something else.
const Node *time_of_hour(const Node *expression) {
    if (!IsA(expression, FuncExpr))
        return nullptr;
    const auto *call = reinterpret_cast<const FuncExpr *>(expression);
    if (call->funcid != F_EXTRACT_TEXT_TIMESTAMP && call->funcid != F_DATE_PART_TEXT_TIMESTAMP)
        return nullptr;
    const char *unit = constant_text(argument(call, 0));
    return unit != nullptr && pg_strcasecmp(unit, "hour") == 0 ? argument(call, 1) : nullptr;
}

} // namespace

int bucket_minutes(Index rti, const Node *expression) {
    if (IsA(expression, FuncExpr))
        return minutes_of_call(rti, reinterpret_cast<const FuncExpr *>(expression));
    if (IsA(expression, OpExpr))
        return minutes_of_comparison(rti, reinterpret_cast<const OpExpr *>(expression));
    return 0;
}

bool is_hour_of_day(Index rti, const Node *expression) {
    const Node *time = time_of_hour(expression);
    return time != nullptr && is_timestamp_of(rti, time);
}

const Const *zone_of_local_hour(Index rti, const Node *expression) {
    const Node *time = time_of_hour(expression);
    if (time == nullptr || !IsA(time, FuncExpr))
        return nullptr;
    const auto *call = reinterpret_cast<const FuncExpr *>(time);
    if (call->funcid != F_TIMEZONE_TEXT_TIMESTAMPTZ || minutes_of_time(rti, time) == 0 ||
        !IsA(argument(call, 1), Var)) // of the instant itself, and of nothing that has another zone's clock in it
        return nullptr;
    return constant(argument(call, 0), TEXTOID);
}

} // namespace nem12::readings

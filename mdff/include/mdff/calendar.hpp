#pragma once
// Market time: dates and times as the MDFF writes them (MDFF 3.3.2, 3.3.3). No time zone, no daylight saving: a day has 1440
// minutes.

#include <cstdint>
#include <string_view>

namespace mdff {

// A civil date, counted in days since 1970-01-01. kNoDate stands for an absent field.
struct Date {
    int32_t days;
    constexpr auto operator<=>(const Date &) const = default;
};
inline constexpr Date kNoDate{INT32_MIN};

// Market time in seconds since 1970-01-01 00:00:00 market time. kNoDateTime stands for an absent field.
struct DateTime {
    int64_t seconds;
    constexpr auto operator<=>(const DateTime &) const = default;
};
inline constexpr DateTime kNoDateTime{INT64_MIN};

inline constexpr int kMinutesPerDay = 1440;
inline constexpr int64_t kMarketOffset =
    10 * 3600; // seconds that market time is ahead of UTC, all year; practice, the format does not say

struct CivilDate {
    int year;  // 0..9999
    int month; // 1..12
    int day;   // 1..31
};

Date date_from_civil(CivilDate civil) noexcept;
CivilDate civil_from_date(Date date) noexcept;
Date date_of(DateTime time) noexcept;  // the day the time falls on
DateTime start_of(Date date) noexcept; // its 00:00:00

// Market time at an instant, given in seconds since 1970 UTC.
constexpr DateTime market_time(int64_t seconds) noexcept { return {seconds + kMarketOffset}; }

// Date(8), CCYYMMDD. False when the text is not exactly that or the day does not exist.
bool parse_date(std::string_view text, Date &out) noexcept;

// DateTime(12) or DateTime(14), CCYYMMDDhhmm[ss]; the length of the text decides. 24:00 never occurs (MDFF 3.3.2 e).
bool parse_date_time(std::string_view text, DateTime &out) noexcept;

// A time as spreadsheets and ISO 8601 write it: CCYY-MM-DD, a T or a space, hh:mm[:ss[.fff]], and no zone but market time's
// own, +10:00. Fractions of a second are cut off.
bool parse_iso_date_time(std::string_view text, DateTime &out) noexcept;

// The same as parse_date_time() for one time after another: those of neighbouring records mostly fall on the same day, which is
// read once.
class DateMemo {
public:
    bool parse_date_time(std::string_view text, DateTime &out) noexcept;

private:
    uint64_t text_ = 0;    // the characters of the date, 0: none
    int64_t midnight_ = 0; // its start
};

// The inverse: 8, 12 or 14 digits written to `out`, which must have that room.
void format_date(Date date, char *out) noexcept;
void format_date_time12(DateTime time, char *out) noexcept;
void format_date_time14(DateTime time, char *out) noexcept;

} // namespace mdff

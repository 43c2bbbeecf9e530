#include "mdff/calendar.hpp"

namespace mdff {

namespace {

constexpr int64_t kSecondsPerDay = int64_t{kMinutesPerDay} * 60;

// -1 when one of the `count` characters is no digit.
int read_digits(const char *text, int count) noexcept {
    int number = 0;
    for (int i = 0; i < count; ++i) {
        const unsigned digit = static_cast<unsigned char>(text[i]) - '0';
        if (digit > 9)
            return -1;
        number = number * 10 + static_cast<int>(digit);
    }
    return number;
}

void write_digits(int number, int count, char *out) noexcept {
    for (int i = count - 1; i >= 0; --i) {
        out[i] = static_cast<char>('0' + number % 10);
        number /= 10;
    }
}

bool is_leap(int year) noexcept { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

int days_in_month(int year, int month) noexcept {
    constexpr int kDays[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : kDays[month - 1];
}

} // namespace

// Both conversions count in 400-year eras whose years begin in March, so that the leap day comes last
// (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").
Date date_from_civil(CivilDate civil) noexcept {
    const int year = civil.year - (civil.month <= 2);
    const int era = (year >= 0 ? year : year - 399) / 400;
    const int year_of_era = year - era * 400;
    const int day_of_year = (153 * (civil.month + (civil.month > 2 ? -3 : 9)) + 2) / 5 + civil.day - 1;
    const int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return {era * 146097 + day_of_era - 719468};
}

CivilDate civil_from_date(Date date) noexcept {
    const int64_t shifted = int64_t{date.days} + 719468;
    const int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    const int day_of_era = static_cast<int>(shifted - era * 146097);
    const int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int shifted_month = (5 * day_of_year + 2) / 153;
    const int month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    const int year = static_cast<int>(era * 400) + year_of_era + (month <= 2);
    return {year, month, day_of_year - (153 * shifted_month + 2) / 5 + 1};
}

Date date_of(DateTime time) noexcept {
    int64_t days = time.seconds / kSecondsPerDay;
    if (time.seconds % kSecondsPerDay < 0)
        --days;
    return {static_cast<int32_t>(days)};
}

DateTime start_of(Date date) noexcept { return {int64_t{date.days} * kSecondsPerDay}; }

bool parse_date(std::string_view text, Date &out) noexcept {
    if (text.size() != 8)
        return false;
    const CivilDate civil{read_digits(text.data(), 4), read_digits(text.data() + 4, 2), read_digits(text.data() + 6, 2)};
    if (civil.year < 0 || civil.month < 1 || civil.month > 12)
        return false;
    if (civil.day < 1 || civil.day > days_in_month(civil.year, civil.month))
        return false;
    out = date_from_civil(civil);
    return true;
}

bool parse_date_time(std::string_view text, DateTime &out) noexcept {
    if (text.size() != 12 && text.size() != 14)
        return false;
    Date date{};
    if (!parse_date(text.substr(0, 8), date))
        return false;
    const int hour = read_digits(text.data() + 8, 2);
    const int minute = read_digits(text.data() + 10, 2);
    const int second = text.size() == 14 ? read_digits(text.data() + 12, 2) : 0;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
        return false;
    out = {start_of(date).seconds + hour * 3600 + minute * 60 + second};
    return true;
}

void format_date(Date date, char *out) noexcept {
    const CivilDate civil = civil_from_date(date);
    write_digits(civil.year, 4, out);
    write_digits(civil.month, 2, out + 4);
    write_digits(civil.day, 2, out + 6);
}

void format_date_time12(DateTime time, char *out) noexcept {
    char whole[14];
    format_date_time14(time, whole);
    for (int i = 0; i < 12; ++i)
        out[i] = whole[i];
}

void format_date_time14(DateTime time, char *out) noexcept {
    const Date date = date_of(time);
    const int second = static_cast<int>(time.seconds - start_of(date).seconds);
    format_date(date, out);
    write_digits(second / 3600, 2, out + 8);
    write_digits(second / 60 % 60, 2, out + 10);
    write_digits(second % 60, 2, out + 12);
}

} // namespace mdff

#include "mdff/calendar.hpp"

#include "cpu/swar.hpp"

namespace mdff {

namespace {

constexpr int64_t kSecondsPerDay = int64_t{kMinutesPerDay} * 60;

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

// CCYYMMDD; false when the eight characters are not a day.
bool read_date(const char *text, Date &out) noexcept {
    const uint64_t digits = swar::digit_values(swar::load(text));
    if (!swar::all_digits(digits))
        return false;
    const auto number = static_cast<unsigned>(swar::number(digits));
    const unsigned month_and_day = number % 10000;
    const CivilDate civil{static_cast<int>(number / 10000), static_cast<int>(month_and_day / 100),
                          static_cast<int>(month_and_day % 100)};
    if (civil.month < 1 || civil.month > 12 || civil.day < 1)
        return false;
    if (civil.day > 28 && civil.day > days_in_month(civil.year, civil.month))
        return false;
    out = date_from_civil(civil);
    return true;
}

} // namespace

// Both conversions let the year begin in March, so that the leap day comes last.
Date date_from_civil(CivilDate civil) noexcept {
    constexpr int kBeforeMonth[13] = {0, 306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275};
    // 400 years on, so that no division meets a negative year.
    const auto year = static_cast<unsigned>(civil.year + 400 - (civil.month <= 2));
    const unsigned days = year * 365 + year / 4 - year / 100 + year / 400;
    return {static_cast<int>(days) + kBeforeMonth[civil.month] + civil.day - 1 - (719468 + 146097)};
}

// H. Hinnant, "chrono-Compatible Low-Level Date Algorithms": eras of 400 years.
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

bool parse_date(std::string_view text, Date &out) noexcept { return text.size() == 8 && read_date(text.data(), out); }

namespace {

// hhmm or hhmmss, the end of a DateTime(12) or DateTime(14), in seconds of the day; false when it is no time of day.
bool read_clock(std::string_view time, int &out) noexcept {
    const uint64_t digits = swar::digit_values(swar::load(time.data() + time.size() - 8));
    if (!swar::all_digits(digits))
        return false;
    const bool with_seconds = time.size() == 14;
    const uint64_t clock = swar::pairs(digits) >> (with_seconds ? 16 : 32); // what stands before is of the date
    const auto hour = static_cast<int>(clock & 0xFF), minute = static_cast<int>(clock >> 16 & 0xFF);
    const int second = with_seconds ? static_cast<int>(clock >> 32) : 0;
    if (hour > 23 || minute > 59 || second > 59)
        return false;
    out = hour * 3600 + minute * 60 + second;
    return true;
}

} // namespace

bool DateMemo::parse_date_time(std::string_view text, DateTime &out) noexcept {
    int clock = 0;
    if ((text.size() != 12 && text.size() != 14) || !read_clock(text, clock))
        return false;
    const uint64_t date = swar::load(text.data());
    if (date != text_) {
        Date read{};
        if (!read_date(text.data(), read))
            return false;
        text_ = date;
        midnight_ = start_of(read).seconds;
    }
    out = {midnight_ + clock};
    return true;
}

bool parse_date_time(std::string_view text, DateTime &out) noexcept { return DateMemo().parse_date_time(text, out); }

bool parse_iso_date_time(std::string_view text, DateTime &out) noexcept {
    constexpr std::string_view kShape = "dddd-dd-ddTdd:dd";
    if (text.size() < kShape.size())
        return false;
    char digits[14] = {'0', '0', '0', '0', '0', '0', '0', '0', '0', '0', '0', '0', '0', '0'};
    size_t size = 0;
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    for (size_t i = 0; i < kShape.size(); ++i) {
        const char c = text[i];
        const bool fits = kShape[i] == 'd' ? is_digit(c) : kShape[i] == 'T' ? c == 'T' || c == ' ' : c == kShape[i];
        if (!fits)
            return false;
        if (kShape[i] == 'd')
            digits[size++] = c;
    }
    text.remove_prefix(kShape.size());
    if (text.size() >= 3 && text[0] == ':' && is_digit(text[1]) && is_digit(text[2])) {
        digits[12] = text[1];
        digits[13] = text[2];
        text.remove_prefix(3);
        if (text.size() >= 2 && text[0] == '.' && is_digit(text[1])) {
            text.remove_prefix(1);
            while (!text.empty() && is_digit(text.front()))
                text.remove_prefix(1);
        }
    }
    if (!text.empty() && text != "+10:00" && text != "+1000" && text != "+10")
        return false;
    return parse_date_time({digits, sizeof digits}, out);
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

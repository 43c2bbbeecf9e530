// The 300 record (MDFF 4.4): a quick path for lines in which everything is as it should be, and an exact one that says
// what is wrong with the others.

#include <algorithm>
#include <charconv>
#include <cstring>

#include "fields.hpp"
#include "mdff/code_tables.hpp"
#include "mdff/parser.hpp"

namespace mdff {

namespace {

constexpr std::string_view kStart = "300,";
constexpr int kFirstValue = 2; // field number

std::string_view field_of(std::string_view line, const Separators &separators, int field) noexcept {
    const size_t start = field == 0 ? 0 : separators.at[field - 1] + size_t{1};
    return line.substr(start, separators.at[field] - start);
}

bool looks_like_quality(std::string_view text) noexcept {
    char upper[3];
    if (text.empty() || text.size() > sizeof upper)
        return false;
    std::memcpy(upper, text.data(), text.size());
    if (upper[0] >= 'a' && upper[0] <= 'z')
        upper[0] = static_cast<char>(upper[0] - 'a' + 'A');
    int method = 0;
    return parse_quality_method({upper, text.size()}, method) != QualityFlag::kInvalid;
}

} // namespace

void Parser::read_day() noexcept {
    const bool belongs = belongs_to(Version::kNem12);
    if (belongs && channel_state_ == Parent::kMissing)
        report(Rule::kDayWithoutChannel);
    day_open_ = true;
    day_records_ = 1;
    b2b_seen_ = false;
    channel_has_days_ = true;
    last_interval_ = 0;
    events_good_ = true;
    event_count_ = 0;
    event_text_size_ = 0;
    day_ = {};
    day_.date = kNoDate;
    day_.interval_length = channel_.interval_length;
    day_.quality.reason_code = kNoReason;
    day_.updated = day_.msats_loaded = kNoDateTime;
    day_.line = line_.number;

    if (!read_day_quickly())
        read_day_exactly();
    day_state_ = refused_ || !belongs ? Parent::kRefused : Parent::kGood;
}

// False, with nothing said, when something in the line calls for the exact path.
bool Parser::read_day_quickly() noexcept {
    const int count = interval_count_;
    const std::string_view line = line_.text;
    if (count == 0 || line_.too_long || !line.starts_with(kStart))
        return false;
    Separators separators;
    find_separators(line, separators);
    const int quality = kFirstValue + count;
    if (separators.count <= quality || !separators.complete)
        return false;
    const std::string_view tail = line.substr(separators.at[quality - 1] + size_t{1});
    int method = 0;
    if (!is_plain(tail) || parse_quality_method(field_of(line, separators, quality), method) == QualityFlag::kInvalid)
        return false;
    if (!scan_values(line.data(), separators.at + 1, count, scanned_))
        return false;

    std::memcpy(record_text_, tail.data(), tail.size());
    check_date(field_of(line, separators, 1));
    finish_values();
    Fields fields;
    take_fields(record_text_, separators, quality, fields);
    check_day_tail(fields);
    return true;
}

void Parser::read_day_exactly() noexcept {
    const std::string_view line = clean_line(record_text_);
    Separators separators;
    find_separators(line, separators);
    if (separators.count < 2)
        return report(Rule::kFieldCount);
    check_date(trim(field_of(line, separators, 1)));
    const int count = interval_count_;
    if (count == 0 || !check_value_count(line, separators))
        return;

    bool said_spaces = false;
    bool good = true;
    for (int i = 0; i < count; ++i) {
        const int field = kFirstValue + i;
        const std::string_view text = field_of(line, separators, field);
        const std::string_view value = trim(text);
        if (value.size() != text.size() && !said_spaces) {
            said_spaces = true;
            report(Rule::kSpaces, field, text);
        }
        good &= read_value(value, field, i);
    }
    if (good)
        finish_values();
    const size_t tail = separators.at[kFirstValue + count - 1] + size_t{1};
    Fields fields;
    split_fields(record_text_ + tail, line.size() - tail, kFirstValue + count, fields);
    check_day_tail(fields);
}

// False for a value that cannot be taken.
bool Parser::read_value(std::string_view text, int field, int index) noexcept {
    Decimal decimal{};
    switch (parse_decimal(text, decimal)) {
    case DecimalStatus::kOk: break;
    case DecimalStatus::kEmpty: report(Rule::kValueEmpty, field); return false;
    case DecimalStatus::kNotANumber: report(Rule::kValueNotNumeric, field, text); return false;
    case DecimalStatus::kTooPrecise: report(Rule::kValueTooPrecise, field, text); return false;
    }
    if (text.front() == '-')
        report(decimal.mantissa == 0 ? Rule::kValueNegativeZero : Rule::kValueNegative, field, text);
    scanned_.mantissas[index] = decimal.mantissa;
    scanned_.decimals[index] = static_cast<int8_t>(decimal.scale);
    return true;
}

void Parser::finish_values() noexcept {
    const auto count = static_cast<size_t>(interval_count_);
    uint8_t decimals = 0;
    if (!align_scales({scanned_.mantissas, count}, scanned_.decimals, decimals, day_.scale)) {
        return report(Rule::kValueTooPrecise, kFirstValue);
    }
    if (decimals <= uom_decimals_)
        return;
    const int8_t *const written = scanned_.decimals;
    const int8_t *const first = std::find_if(written, written + count, [this](int8_t value) { return value > uom_decimals_; });
    report(Rule::kValueDecimals, kFirstValue + static_cast<int>(first - written));
}

// Tells a wrong number of values from wrong values: where the quality stands shows how many values there are.
bool Parser::check_value_count(std::string_view line, const Separators &separators) noexcept {
    const int quality = kFirstValue + interval_count_;
    const auto field = [&](int number) { return trim(field_of(line, separators, number)); };
    if (separators.count > quality && looks_like_quality(field(quality)))
        return true;

    int found = separators.count;
    for (int i = separators.count - 1; i >= kFirstValue; --i) {
        if (looks_like_quality(field(i)))
            found = i;
    }
    Decimal decimal{};
    if (found == separators.count) { // no quality at all
        while (found > kFirstValue && field(found - 1).empty())
            --found;
        const bool numeric = separators.count > quality && parse_decimal(field(quality), decimal) == DecimalStatus::kOk;
        if (separators.count > quality && !numeric)
            return true; // it is the quality that is wrong
    }
    report_value_count(found - kFirstValue);
    return false;
}

void Parser::report_value_count(int values) noexcept {
    char *const end = std::to_chars(note_, note_ + sizeof note_, values).ptr;
    constexpr std::string_view kUnit = " values";
    std::memcpy(end, kUnit.data(), kUnit.size());
    report(Rule::kValueCount, -1, {note_, static_cast<size_t>(end - note_) + kUnit.size()});
}

void Parser::check_date(std::string_view text) noexcept {
    day_has_own_date_ = false;
    Date date = kNoDate;
    if (!parse_date(text, date))
        return report(Rule::kIntervalDate, 1, text);
    if (!DateSet::in_range(date))
        return report(Rule::kIntervalDateRange, 1, text);
    day_.date = date;
    day_has_own_date_ = !dates_.contains(date);
    dates_.insert(date);
    if (last_date_ != kNoDate && date <= last_date_)
        return report(Rule::kDateOrder, 1, text);
    last_date_ = date;
}

// Quality, reason, description and the two times, which lie in record_text_.
void Parser::check_day_tail(const Fields &tail) noexcept {
    const int first = tail.first;
    if (tail.spaced >= 0)
        report(Rule::kSpaces, tail.spaced, tail.spaced_text);
    if (!check_count(tail, first + 5, first + 1))
        return;
    const Quality quality = check_quality(tail, first, QualityUse::kDay, day_.date);
    day_.updated = check_update_time(tail, first + 3);
    day_.msats_loaded = check_time(tail, first + 4);
    const std::string_view method = quality.method.substr(0, sizeof day_method_);
    const std::string_view description = quality.reason_description.substr(0, sizeof day_description_);
    if (!method.empty())
        std::memcpy(day_method_, method.data(), method.size());
    if (!description.empty())
        std::memcpy(day_description_, description.data(), description.size());
    day_.quality = {{day_method_, method.size()}, quality.reason_code, {day_description_, description.size()}};
}

} // namespace mdff

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
    if (belongs && channel_state_ == Parent::kLost)
        report_context_lost();
    day_open_ = true;
    day_has_own_date_ = false;
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
    const bool good = !refused_ && belongs && channel_state_ == Parent::kGood;
    if (!good && !explained_)
        report(Rule::kParentRefused);
    day_state_ = good ? Parent::kGood : Parent::kRefused;
    day_explained_ = explained_;
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
    Date date{};
    if (!parse_date(field_of(line, separators, 1), date) || !scan_values(line.data(), separators.at + 1, count, scanned_))
        return false;

    std::memcpy(record_text_, tail.data(), tail.size());
    take_date(date, field_of(line, separators, 1));
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
    constexpr int kFieldsOf200 = 10;
    if (separators.count < 2) {
        context_ends_ = true;
        return report(Rule::kFieldCount);
    }
    check_date(trim(field_of(line, separators, 1)));
    // Rather a 200 with a damaged indicator than a day.
    const bool may_be_channel = day_.date == kNoDate && separators.count <= kFieldsOf200 + 2;
    const int count = interval_count_;
    if (count == 0 || !check_value_count(line, separators)) {
        context_ends_ |= may_be_channel;
        return;
    }

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
        if (has_quoted_comma_ && restore_commas(record_text_ + (value.data() - record_text_), value.size())) {
            report(Rule::kCommaInField, field, value);
            good = false;
            continue;
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
    if (check_decimal(text, field, Rule::kValueNegative, decimal) != DecimalStatus::kOk)
        return false;
    scanned_.mantissas[index] = decimal.mantissa;
    scanned_.decimals[index] = static_cast<int8_t>(decimal.scale);
    return true;
}

void Parser::finish_values() noexcept {
    const auto count = static_cast<size_t>(interval_count_);
    if (!align_scales({scanned_.mantissas, count}, scanned_.decimals, day_.scale)) {
        return report(Rule::kValueTooPrecise, kFirstValue);
    }
    if (day_.scale <= uom_decimals_)
        return;
    const int64_t unit = kPowersOfTen[day_.scale - uom_decimals_];
    const int64_t *const values = scanned_.mantissas;
    const int64_t *const first = std::find_if(values, values + count, [unit](int64_t value) { return value % unit != 0; });
    report(Rule::kValueDecimals, kFirstValue + static_cast<int>(first - values));
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
    LooseDecimal decimal{};
    if (found == separators.count) { // no quality at all
        while (found > kFirstValue && field(found - 1).empty())
            --found;
        const bool numeric = separators.count > quality && parse_loose_decimal(field(quality), decimal) == DecimalStatus::kOk;
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
    Date date = kNoDate;
    if (!parse_date(text, date))
        return report(Rule::kIntervalDate, 1, text);
    take_date(date, text);
}

void Parser::take_date(Date date, std::string_view text) noexcept {
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
    constexpr uint32_t kDescription = 1U << 2;
    check_fields(tail, kDescription);
    if (!check_count(tail, first + 5, first + 1)) {
        context_ends_ = true; // the next record may hang on the line
        return;
    }
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

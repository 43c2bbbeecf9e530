#include "parse/day_reader.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "mdff/code_tables.hpp"

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

void DayReader::read() noexcept {
    if (!read_quickly())
        read_exactly();
}

// False, with nothing said, when something in the line calls for the exact path.
bool DayReader::read_quickly() noexcept {
    const int count = channel_.interval_count;
    const std::string_view line = reading_.record.line.text;
    if (count == 0 || reading_.record.line.too_long || !line.starts_with(kStart))
        return false;
    Separators separators;
    find_separators(line, separators);
    const int quality = kFirstValue + count;
    if (separators.count <= quality || !separators.complete)
        return false;
    const std::string_view tail = line.substr(separators.at[quality - 1] + size_t{1});
    const std::string_view date_text = field_of(line, separators, 1);
    Date date{};
    if (!parse_date(date_text, date) || !scan_values(line.data(), separators.at + 1, count, builder_.scanned))
        return false;
    if (read_usual_tail(tail, quality)) {
        take_date(date, date_text);
        finish_values();
        return true;
    }
    int method = 0;
    if (!is_plain(tail) || parse_quality_method(field_of(line, separators, quality), method) == QualityFlag::kInvalid)
        return false;

    std::memcpy(reading_.text, tail.data(), tail.size());
    take_date(date, date_text);
    finish_values();
    Fields fields;
    take_fields(reading_.text, separators, quality, fields);
    read_tail(fields);
    return true;
}

// Of most days: all actual, without a reason. False, with nothing said or changed, for any other.
bool DayReader::read_usual_tail(std::string_view tail, int field) noexcept {
    constexpr std::string_view kActual = "A,,,";
    IntervalDay &day = builder_.day;
    if (!tail.starts_with(kActual) ||
        !reading_.checks.usual_times(tail.substr(kActual.size()), field + 3, day.updated, day.msats_loaded))
        return false;
    day.quality = {kActual.substr(0, 1), kNoReason, {}};
    return true;
}

void DayReader::read_exactly() noexcept {
    const std::string_view line = reading_.record.clean(reading_.text);
    Separators separators;
    find_separators(line, separators);
    constexpr int kFieldsOf200 = 10;
    if (separators.count < 2) {
        reading_.record.ends_context = true;
        return log_.report(Rule::kFieldCount);
    }
    const std::string_view date_text = trim(field_of(line, separators, 1));
    Date date{};
    if (parse_date(date_text, date)) {
        take_date(date, date_text);
    } else {
        log_.report(Rule::kIntervalDate, 1, date_text);
    }
    // Rather a 200 with a damaged indicator than a day.
    const bool may_be_channel = builder_.day.date == kNoDate && separators.count <= kFieldsOf200 + 2;
    const int count = channel_.interval_count;
    if (count == 0 || !check_value_count(line, separators)) {
        reading_.record.ends_context |= may_be_channel;
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
            log_.report(Rule::kSpaces, field, text);
        }
        if (reading_.record.restore_commas(reading_.text + (value.data() - reading_.text), value.size())) {
            log_.report(Rule::kCommaInField, field, value);
            good = false;
            continue;
        }
        good &= read_value(value, field, i);
    }
    if (good)
        finish_values();
    const size_t tail = separators.at[kFirstValue + count - 1] + size_t{1};
    Fields fields;
    split_fields(reading_.text + tail, line.size() - tail, kFirstValue + count, fields);
    read_tail(fields);
}

// False for a value that cannot be taken.
bool DayReader::read_value(std::string_view text, int field, int index) noexcept {
    Decimal decimal{};
    if (reading_.checks.decimal(text, field, Rule::kValueNegative, decimal) != DecimalStatus::kOk)
        return false;
    builder_.scanned.mantissas[index] = decimal.mantissa;
    builder_.scanned.decimals[index] = static_cast<int8_t>(decimal.scale);
    return true;
}

void DayReader::finish_values() noexcept {
    const auto count = static_cast<size_t>(channel_.interval_count);
    if (!align_scales({builder_.scanned.mantissas, count}, builder_.scanned.decimals, builder_.day.scale)) {
        return log_.report(Rule::kValueTooPrecise, kFirstValue);
    }
    if (builder_.day.scale <= channel_.uom_decimals)
        return;
    const int64_t unit = kPowersOfTen[builder_.day.scale - channel_.uom_decimals];
    const int64_t *const values = builder_.scanned.mantissas;
    const int64_t *const first = std::find_if(values, values + count, [unit](int64_t value) { return value % unit != 0; });
    log_.report(Rule::kValueDecimals, kFirstValue + static_cast<int>(first - values));
}

// Tells a wrong number of values from wrong values: where the quality stands shows how many values there are.
bool DayReader::check_value_count(std::string_view line, const Separators &separators) noexcept {
    const int quality = kFirstValue + channel_.interval_count;
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

void DayReader::report_value_count(int values) noexcept {
    char *const end = std::to_chars(note_, note_ + sizeof note_, values).ptr;
    constexpr std::string_view kUnit = " values";
    std::memcpy(end, kUnit.data(), kUnit.size());
    log_.report(Rule::kValueCount, -1, {note_, static_cast<size_t>(end - note_) + kUnit.size()});
}

void DayReader::take_date(Date date, std::string_view text) noexcept {
    if (!DateSet::in_range(date))
        return log_.report(Rule::kIntervalDateRange, 1, text);
    builder_.day.date = date;
    builder_.has_own_date = !channel_.dates.contains(date);
    channel_.dates.insert(date);
    if (channel_.last_date != kNoDate && date <= channel_.last_date)
        return log_.report(Rule::kDateOrder, 1, text);
    channel_.last_date = date;
}

// Quality, reason, description and the two times, which lie in reading_.text.
void DayReader::read_tail(const Fields &tail) noexcept {
    const int first = tail.first;
    constexpr uint32_t kDescription = 1U << 2;
    reading_.record.check_fields(tail, kDescription);
    if (!reading_.record.check_count(tail, first + 5, first + 1)) {
        reading_.record.ends_context = true; // the next record may hang on the line
        return;
    }
    const Quality quality = reading_.checks.quality(tail, first, QualityUse::kDay, builder_.day.date);
    builder_.day.updated = reading_.checks.update_time(tail, first + 3);
    builder_.day.msats_loaded = reading_.checks.time(tail, first + 4);
    builder_.set_quality(quality);
}

} // namespace mdff

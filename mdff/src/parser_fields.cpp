// Rules that several records share.

#include <algorithm>
#include <cstring>

#include "fields.hpp"
#include "mdff/code_tables.hpp"
#include "mdff/nmi.hpp"
#include "mdff/parser.hpp"
#include "mdff/utf8.hpp"

namespace mdff {

namespace {

constexpr Date kNullQualityRemoved{18901}; // 2021-10-01

// Stands for a comma inside a quoted field until the fields are split; a line that had this character itself is refused.
constexpr char kQuotedComma = '\x1F';

bool suffix_is_valid(std::string_view suffix, Version version) noexcept {
    return version == Version::kNem12 ? interval_suffix_is_valid(suffix) : accumulation_suffix_is_valid(suffix);
}

// Every pair a valid suffix, none twice.
bool configuration_is_valid(std::string_view configuration, Version version) noexcept {
    if (configuration.empty() || configuration.size() % 2 != 0)
        return false;
    for (size_t i = 0; i < configuration.size(); i += 2) {
        if (!suffix_is_valid(configuration.substr(i, 2), version))
            return false;
        for (size_t k = 0; k < i; k += 2) {
            if (configuration.substr(k, 2) == configuration.substr(i, 2))
                return false;
        }
    }
    return true;
}

bool configuration_has(std::string_view configuration, std::string_view suffix) noexcept {
    for (size_t i = 0; i + 2 <= configuration.size(); i += 2) {
        if (configuration.substr(i, 2) == suffix)
            return true;
    }
    return false;
}

// The kind of unit (Uom::quantity) that belongs to an interval suffix; 0 where App B has none.
char quantity_of(char suffix_letter) noexcept {
    constexpr std::string_view kActive = "ABCDEFN", kReactive = "JKLPQRX", kApparent = "STU";
    if (kActive.find(suffix_letter) != std::string_view::npos)
        return 'W';
    if (kReactive.find(suffix_letter) != std::string_view::npos)
        return 'R';
    if (kApparent.find(suffix_letter) != std::string_view::npos)
        return 'A';
    return suffix_letter == 'G' ? 'p' : '\0';
}

} // namespace

// The line in `buffer`, without quotes; says what is wrong with its characters.
std::string_view Parser::clean_line(char *buffer) noexcept {
    const std::string_view line = line_.text;
    if (is_plain(line)) {
        std::memcpy(buffer, line.data(), line.size());
        return {buffer, line.size()};
    }
    if (has_control_character(line))
        report(Rule::kControlCharacter, -1, line);
    if (!is_utf8(line))
        report(Rule::kEncoding, -1, line);
    if (line.find('"') == std::string_view::npos) {
        std::memcpy(buffer, line.data(), line.size());
        return {buffer, line.size()};
    }
    report(Rule::kQuotes, -1, line);
    return {buffer, unquote(line, buffer)};
}

// RFC 4180: a quote that starts a field opens it, "" inside is a quote, and the closing one ends the field.
size_t Parser::unquote(std::string_view line, char *buffer) noexcept {
    size_t size = 0;
    bool at_start = true, quoted = false, broken = false;
    for (size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (quoted) {
            const bool doubled = c == '"' && i + 1 < line.size() && line[i + 1] == '"';
            if (doubled) {
                buffer[size++] = line[++i];
            } else if (c == '"') {
                quoted = false;
                const size_t next = line.find_first_not_of(' ', i + 1);
                broken |= next != std::string_view::npos && line[next] != ',' && line[next] != '\r';
            } else {
                has_quoted_comma_ |= c == ',';
                buffer[size++] = c == ',' ? kQuotedComma : c;
            }
        } else if (c == '"' && at_start) {
            quoted = true;
            at_start = false;
        } else {
            buffer[size++] = c;
            at_start = c == ',' || (at_start && c == ' ');
        }
    }
    if (broken || quoted) {
        report(Rule::kQuotesBroken, -1, line);
        context_ends_ = true;
    }
    return size;
}

// Puts back the commas of quoted fields; true when there were any.
bool Parser::restore_commas(char *text, size_t size) noexcept {
    bool found = false;
    for (size_t i = 0; i < size; ++i) {
        if (text[i] == kQuotedComma) {
            text[i] = ',';
            found = true;
        }
    }
    return found;
}

// `text_fields`: a bit for each field that is free text, in which a comma may stand.
void Parser::split_record(char *buffer, Fields &out, uint32_t text_fields) noexcept {
    const std::string_view line = clean_line(buffer);
    split_fields(buffer, line.size(), 0, out);
    check_fields(out, text_fields);
}

// What concerns each field of a record alike.
void Parser::check_fields(const Fields &fields, uint32_t text_fields) noexcept {
    if (fields.spaced >= 0)
        report(Rule::kSpaces, fields.spaced, fields.spaced_text);
    if (!has_quoted_comma_)
        return;
    for (int field = fields.first; field < std::min(fields.count, fields.first + Fields::kMax); ++field) {
        const bool has_comma = restore_commas(fields.writable(field), fields[field].size());
        if (has_comma && (text_fields >> (field - fields.first) & 1) == 0)
            report(Rule::kCommaInField, field, fields[field]);
    }
}

// A record has `all` fields; without the first `least` of them nothing can be made of it.
bool Parser::check_count(const Fields &fields, int all, int least) noexcept {
    if (fields.count == all)
        return true;
    if (fields.filled > all || fields.count < least) {
        report(Rule::kFieldCount);
        return false;
    }
    report(fields.count > all ? Rule::kSurplusFields : Rule::kMissingTrailingFields, std::min(fields.count, all));
    return true;
}

void Parser::check_length(const Fields &fields, int field, size_t most) noexcept {
    if (fields[field].size() > most)
        report(Rule::kFieldTooLong, field, fields[field]);
}

void Parser::check_mandatory(const Fields &fields, int field) noexcept {
    if (fields[field].empty())
        report(Rule::kMandatoryEmpty, field);
}

void Parser::upper_case(const Fields &fields, int field) noexcept {
    const std::string_view text = fields[field];
    const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
    if (std::none_of(text.begin(), text.end(), is_lower))
        return;
    report(Rule::kLetterCase, field, text);
    char *const writable = fields.writable(field);
    for (size_t i = 0; i < text.size(); ++i) {
        if (is_lower(writable[i]))
            writable[i] = static_cast<char>(writable[i] - 'a' + 'A');
    }
}

std::string_view Parser::check_nmi(const Fields &fields, int field) noexcept {
    upper_case(fields, field);
    const std::string_view nmi = fields[field];
    if (nmi_is_valid(nmi))
        return nmi;
    const std::string_view bare = nmi.substr(0, 10);
    if (nmi.size() == 11 && nmi_is_valid(bare) && nmi[10] >= '0' && nmi[10] <= '9') {
        const bool right = nmi_checksum(bare) == nmi[10] - '0';
        report(right ? Rule::kNmiCheckDigit : Rule::kNmiCheckDigitWrong, field, nmi);
        return bare;
    }
    const bool usable = !nmi.empty() && nmi.size() <= 10 && is_printable(nmi);
    report(usable ? Rule::kNmiInvalid : Rule::kNmiLength, field, nmi);
    return nmi;
}

void Parser::check_suffix(const Fields &fields, int configuration, int suffix, Version version) noexcept {
    upper_case(fields, configuration);
    upper_case(fields, suffix);
    const std::string_view list = fields[configuration];
    const std::string_view one = fields[suffix];
    if (list.size() > kMaxConfiguration) {
        report(Rule::kTextTooLong, configuration, list);
    } else if (!configuration_is_valid(list, version)) {
        report(Rule::kConfiguration, configuration, list);
    }
    if (one.size() != 2 || !is_printable(one))
        return report(Rule::kSuffixLength, suffix, one);
    if (!suffix_is_valid(one, version))
        report(Rule::kSuffixInvalid, suffix, one);
    if (!list.empty() && !configuration_has(list, one))
        report(Rule::kSuffixNotConfigured, suffix, one);
}

void Parser::check_uom(const Fields &fields, int field, std::string_view suffix, Version version) noexcept {
    const Uom *const uom = find_uom(fields[field]);
    uom_decimals_ = uom == nullptr ? kMaxScale : uom->decimals;
    if (uom == nullptr)
        return report(Rule::kUomUnknown, field, fields[field]);
    const char expected = version == Version::kNem12 && !suffix.empty() ? quantity_of(suffix[0]) : '\0';
    if (expected != '\0' && expected != uom->quantity)
        report(Rule::kUomSuffixMismatch, field, fields[field]);
}

// A DateTime(14); false, with nothing said, when it cannot be read.
bool Parser::read_time(std::string_view text, int field, DateTime &out) noexcept {
    // Two, so that the two times at the end of a record do not push each other out.
    if (date_memos_[field & 1].parse_date_time(text, out)) {
        if (text.size() == 12)
            report(Rule::kTimeWithoutSeconds, field, text);
        return true;
    }
    if (!parse_iso_date_time(text, out))
        return false;
    report(Rule::kTimeIso, field, text);
    return true;
}

// An optional DateTime(14).
DateTime Parser::check_time(const Fields &fields, int field) noexcept {
    const std::string_view text = fields[field];
    DateTime time = kNoDateTime;
    if (!text.empty() && !read_time(text, field, time))
        report(Rule::kTimeInvalid, field, text);
    return time;
}

// An interval value or a quantity; kOk also for a form that only the tolerant dialect takes, with a finding.
DecimalStatus Parser::check_decimal(std::string_view text, int field, Rule negative, Decimal &out) noexcept {
    LooseDecimal loose{};
    const DecimalStatus status = parse_loose_decimal(text, loose);
    switch (status) {
    case DecimalStatus::kOk: break;
    case DecimalStatus::kEmpty: report(Rule::kValueEmpty, field); return status;
    case DecimalStatus::kNotANumber: report(Rule::kValueNotNumeric, field, text); return status;
    case DecimalStatus::kTooPrecise: report(Rule::kValueTooPrecise, field, text); return status;
    }
    out = loose.value;
    if (text.front() == '-')
        report(out.mantissa == 0 ? Rule::kValueNegativeZero : negative, field, text);
    if (loose.plus_sign)
        report(Rule::kValueSign, field, text);
    if (loose.trailing_point)
        report(Rule::kValueTrailingPoint, field, text);
    if (loose.exponent)
        report(Rule::kValueExponent, field, text);
    return status;
}

DateTime Parser::check_update_time(const Fields &fields, int field) noexcept {
    if (fields[field].empty())
        report(Rule::kUpdateTimeMissing, field);
    const DateTime time = check_time(fields, field);
    const bool limited = options_.latest_created != kNoDateTime;
    if (limited && time > options_.latest_created)
        report(Rule::kUpdatedInFuture, field, fields[field]);
    return time;
}

Date Parser::check_next_read_date(const Fields &fields, int field) noexcept {
    Date date = kNoDate;
    if (!fields[field].empty() && !parse_date(fields[field], date))
        report(Rule::kNextReadDate, field, fields[field]);
    return date;
}

// What a meter's dial shows: digits, at most one point (MDFF 3.3.4). Kept as text.
void Parser::check_dial(const Fields &fields, int field) noexcept {
    check_length(fields, field, 15);
    std::string_view digits = fields[field];
    if (digits.empty())
        return;
    const size_t point = digits.find('.');
    const auto all_digits = [](std::string_view text) {
        return text.find_first_not_of("0123456789") == std::string_view::npos;
    };
    const bool dial = point == std::string_view::npos
                          ? all_digits(digits)
                          : digits.size() > 1 && all_digits(digits.substr(0, point)) && all_digits(digits.substr(point + 1));
    if (!dial)
        report(Rule::kRegisterRead, field, digits);
}

std::string_view Parser::check_trans_code(const Fields &fields, int field) noexcept {
    upper_case(fields, field);
    const std::string_view code = fields[field];
    if (!trans_code_is_valid(code)) {
        report(Rule::kTransCode, field, code);
    } else if (trans_code_is_obsolete(code)) {
        report(Rule::kTransCodeObsolete, field, code);
    }
    return code;
}

// Quality method, reason code and reason description, which stand in three fields from `field` on.
Quality Parser::check_quality(const Fields &fields, int field, QualityUse use, Date date) noexcept {
    upper_case(fields, field);
    const std::string_view text = fields[field];
    const std::string_view reason = fields[field + 1];
    const std::string_view description = fields[field + 2];
    Quality quality{text, kNoReason, description};

    int method = 0;
    const QualityFlag flag = parse_quality_method(text, method);
    const bool substituted = flag == QualityFlag::kSubstitute || flag == QualityFlag::kFinal;
    switch (flag) {
    case QualityFlag::kInvalid: report(Rule::kQualityInvalid, field, text); break;
    case QualityFlag::kVariable:
        if (use != QualityUse::kDay)
            report(Rule::kVariableMisplaced, field, text);
        break;
    case QualityFlag::kNull:
        report(date >= kNullQualityRemoved ? Rule::kNullQuality : Rule::kNullQualityLegacy, field, text);
        break;
    case QualityFlag::kActual:
        if (method != 0)
            report(Rule::kActualWithMethod, field, text);
        break;
    default:
        if (method == 0) {
            report(Rule::kMethodMissing, field, text);
        } else if (const QualityMethod *const known = find_quality_method(method); known == nullptr) {
            report(Rule::kMethodUnknown, field, text);
        } else if (substituted ? !known->substitute : !known->estimate) {
            report(Rule::kMethodKind, field, text);
        }
        if (flag == QualityFlag::kEstimate && use == QualityUse::kPreviousRead)
            report(Rule::kEstimateMisplaced, field, text);
    }

    int code = 0;
    if (!reason.empty()) {
        if (reason.size() > 3 || !parse_number(reason, code)) {
            report(Rule::kReasonInvalid, field + 1, reason);
        } else {
            quality.reason_code = static_cast<int16_t>(code);
            const Reason *const known = find_reason(code);
            if (known == nullptr) {
                report(Rule::kReasonUnknown, field + 1, reason);
            } else if (known->obsolete) {
                report(Rule::kReasonObsolete, field + 1, reason);
            }
            if (code == 0 && description.empty())
                report(Rule::kReasonTextMissing, field + 2);
        }
    }
    if (substituted && reason.empty())
        report(Rule::kReasonMissing, field + 1);
    if (flag == QualityFlag::kEstimate && !reason.empty())
        report(Rule::kEstimateWithReason, field + 1, reason);
    if (flag == QualityFlag::kVariable && (!reason.empty() || !description.empty())) {
        report(Rule::kVariableWithReason, field + 1, reason);
    }
    if (description.size() > kMaxDescription)
        report(Rule::kTextTooLong, field + 2, description);
    return quality;
}

} // namespace mdff

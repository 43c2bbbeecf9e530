#include "parse/record_checks.hpp"

#include <algorithm>

#include "mdff/code_tables.hpp"
#include "mdff/nmi.hpp"

namespace mdff {

namespace {

constexpr Date kNullQualityRemoved{18901}; // 2021-10-01

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

void RecordChecks::length(const Fields &fields, int field, size_t most) noexcept {
    if (fields[field].size() > most)
        log_.report(Rule::kFieldTooLong, field, fields[field]);
}

void RecordChecks::mandatory(const Fields &fields, int field) noexcept {
    if (fields[field].empty())
        log_.report(Rule::kMandatoryEmpty, field);
}

void RecordChecks::upper_case(const Fields &fields, int field) noexcept {
    const std::string_view text = fields[field];
    const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
    if (std::none_of(text.begin(), text.end(), is_lower))
        return;
    log_.report(Rule::kLetterCase, field, text);
    char *const writable = fields.writable(field);
    for (size_t i = 0; i < text.size(); ++i) {
        if (is_lower(writable[i]))
            writable[i] = static_cast<char>(writable[i] - 'a' + 'A');
    }
}

std::string_view RecordChecks::nmi(const Fields &fields, int field) noexcept {
    upper_case(fields, field);
    const std::string_view nmi = fields[field];
    if (nmi_is_valid(nmi))
        return nmi;
    const std::string_view bare = nmi.substr(0, 10);
    if (nmi.size() == 11 && nmi_is_valid(bare) && nmi[10] >= '0' && nmi[10] <= '9') {
        const bool right = nmi_checksum(bare) == nmi[10] - '0';
        log_.report(right ? Rule::kNmiCheckDigit : Rule::kNmiCheckDigitWrong, field, nmi);
        return bare;
    }
    const bool usable = !nmi.empty() && nmi.size() <= 10 && is_printable(nmi);
    log_.report(usable ? Rule::kNmiInvalid : Rule::kNmiLength, field, nmi);
    return nmi;
}

void RecordChecks::suffix(const Fields &fields, int configuration, int suffix, Version version) noexcept {
    upper_case(fields, configuration);
    upper_case(fields, suffix);
    const std::string_view list = fields[configuration];
    const std::string_view one = fields[suffix];
    if (list.size() > kMaxConfiguration) {
        log_.report(Rule::kTextTooLong, configuration, list);
    } else if (!configuration_is_valid(list, version)) {
        log_.report(Rule::kConfiguration, configuration, list);
    }
    if (one.size() != 2 || !is_printable(one))
        return log_.report(Rule::kSuffixLength, suffix, one);
    if (!suffix_is_valid(one, version))
        log_.report(Rule::kSuffixInvalid, suffix, one);
    if (!list.empty() && !configuration_has(list, one))
        log_.report(Rule::kSuffixNotConfigured, suffix, one);
}

int RecordChecks::uom(const Fields &fields, int field, std::string_view suffix, Version version) noexcept {
    const Uom *const uom = find_uom(fields[field]);
    if (uom == nullptr) {
        log_.report(Rule::kUomUnknown, field, fields[field]);
        return kMaxScale;
    }
    const char expected = version == Version::kNem12 && !suffix.empty() ? quantity_of(suffix[0]) : '\0';
    if (expected != '\0' && expected != uom->quantity)
        log_.report(Rule::kUomSuffixMismatch, field, fields[field]);
    return uom->decimals;
}

bool RecordChecks::read_time(std::string_view text, int field, DateTime &out) noexcept {
    if (memo(field).parse_date_time(text, out)) {
        if (text.size() == 12)
            log_.report(Rule::kTimeWithoutSeconds, field, text);
        return true;
    }
    if (!parse_iso_date_time(text, out))
        return false;
    log_.report(Rule::kTimeIso, field, text);
    return true;
}

DateTime RecordChecks::time(const Fields &fields, int field) noexcept {
    const std::string_view text = fields[field];
    DateTime time = kNoDateTime;
    if (!text.empty() && !read_time(text, field, time))
        log_.report(Rule::kTimeInvalid, field, text);
    return time;
}

DecimalStatus RecordChecks::decimal(std::string_view text, int field, Rule negative, Decimal &out) noexcept {
    LooseDecimal loose{};
    const DecimalStatus status = parse_loose_decimal(text, loose);
    switch (status) {
    case DecimalStatus::kOk: break;
    case DecimalStatus::kEmpty: log_.report(Rule::kValueEmpty, field); return status;
    case DecimalStatus::kNotANumber: log_.report(Rule::kValueNotNumeric, field, text); return status;
    case DecimalStatus::kTooPrecise: log_.report(Rule::kValueTooPrecise, field, text); return status;
    }
    out = loose.value;
    if (text.front() == '-')
        log_.report(out.mantissa == 0 ? Rule::kValueNegativeZero : negative, field, text);
    if (loose.plus_sign)
        log_.report(Rule::kValueSign, field, text);
    if (loose.trailing_point)
        log_.report(Rule::kValueTrailingPoint, field, text);
    if (loose.exponent)
        log_.report(Rule::kValueExponent, field, text);
    return status;
}

DateTime RecordChecks::update_time(const Fields &fields, int field) noexcept {
    if (fields[field].empty())
        log_.report(Rule::kUpdateTimeMissing, field);
    const DateTime updated = time(fields, field);
    const bool limited = options_.latest_created != kNoDateTime;
    if (limited && updated > options_.latest_created)
        log_.report(Rule::kUpdatedInFuture, field, fields[field]);
    return updated;
}

bool RecordChecks::usual_times(std::string_view text, int field, DateTime &updated, DateTime &msats_loaded) noexcept {
    constexpr size_t kTime = 14;
    const bool both = text.size() == kTime + 1 + kTime;
    if ((!both && text.size() != kTime + 1) || text[kTime] != ',')
        return false;
    DateTime first{}, second = kNoDateTime;
    if (!memo(field).parse_date_time(text.substr(0, kTime), first) ||
        (both && !memo(field + 1).parse_date_time(text.substr(kTime + 1), second)))
        return false;
    if (options_.latest_created != kNoDateTime && first > options_.latest_created)
        return false;
    updated = first;
    msats_loaded = second;
    return true;
}

Date RecordChecks::next_read_date(const Fields &fields, int field) noexcept {
    Date date = kNoDate;
    if (!fields[field].empty() && !parse_date(fields[field], date))
        log_.report(Rule::kNextReadDate, field, fields[field]);
    return date;
}

// What a meter's dial shows: digits, at most one point (MDFF 3.3.4). Kept as text.
void RecordChecks::dial(const Fields &fields, int field) noexcept {
    length(fields, field, 15);
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
        log_.report(Rule::kRegisterRead, field, digits);
}

std::string_view RecordChecks::trans_code(const Fields &fields, int field) noexcept {
    upper_case(fields, field);
    const std::string_view code = fields[field];
    if (!trans_code_is_valid(code)) {
        log_.report(Rule::kTransCode, field, code);
    } else if (trans_code_is_obsolete(code)) {
        log_.report(Rule::kTransCodeObsolete, field, code);
    }
    return code;
}

Quality RecordChecks::quality(const Fields &fields, int field, QualityUse use, Date date) noexcept {
    upper_case(fields, field);
    const std::string_view text = fields[field];
    const std::string_view reason = fields[field + 1];
    const std::string_view description = fields[field + 2];
    Quality quality{text, kNoReason, description};

    int method = 0;
    const QualityFlag flag = parse_quality_method(text, method);
    const bool substituted = flag == QualityFlag::kSubstitute || flag == QualityFlag::kFinal;
    switch (flag) {
    case QualityFlag::kInvalid: log_.report(Rule::kQualityInvalid, field, text); break;
    case QualityFlag::kVariable:
        if (use != QualityUse::kDay)
            log_.report(Rule::kVariableMisplaced, field, text);
        break;
    case QualityFlag::kNull:
        log_.report(date >= kNullQualityRemoved ? Rule::kNullQuality : Rule::kNullQualityLegacy, field, text);
        break;
    case QualityFlag::kActual:
        if (method != 0)
            log_.report(Rule::kActualWithMethod, field, text);
        break;
    default:
        if (method == 0) {
            log_.report(Rule::kMethodMissing, field, text);
        } else if (const QualityMethod *const known = find_quality_method(method); known == nullptr) {
            log_.report(Rule::kMethodUnknown, field, text);
        } else if (substituted ? !known->substitute : !known->estimate) {
            log_.report(Rule::kMethodKind, field, text);
        }
        if (flag == QualityFlag::kEstimate && use == QualityUse::kPreviousRead)
            log_.report(Rule::kEstimateMisplaced, field, text);
    }

    int code = 0;
    if (!reason.empty()) {
        if (reason.size() > 3 || !parse_number(reason, code)) {
            log_.report(Rule::kReasonInvalid, field + 1, reason);
        } else {
            quality.reason_code = static_cast<int16_t>(code);
            const Reason *const known = find_reason(code);
            if (known == nullptr) {
                log_.report(Rule::kReasonUnknown, field + 1, reason);
            } else if (known->obsolete) {
                log_.report(Rule::kReasonObsolete, field + 1, reason);
            }
            if (code == 0 && description.empty())
                log_.report(Rule::kReasonTextMissing, field + 2);
        }
    }
    if (substituted && reason.empty())
        log_.report(Rule::kReasonMissing, field + 1);
    if (flag == QualityFlag::kEstimate && !reason.empty())
        log_.report(Rule::kEstimateWithReason, field + 1, reason);
    if (flag == QualityFlag::kVariable && (!reason.empty() || !description.empty())) {
        log_.report(Rule::kVariableWithReason, field + 1, reason);
    }
    if (description.size() > kMaxDescription)
        log_.report(Rule::kTextTooLong, field + 2, description);
    return quality;
}

} // namespace mdff

#include "parse/finding_log.hpp"

namespace mdff {

void FindingLog::begin_record(uint64_t line, int record) noexcept {
    line_ = line;
    record_ = record;
    failed_ = explained_ = false;
}

void FindingLog::report(Rule rule, int field, std::string_view text) noexcept {
    report_as(severity_of(rule, options_.dialect), rule, field, text);
}

void FindingLog::report_as(Severity severity, Rule rule, int field, std::string_view text) noexcept {
    add({rule, severity, line_, record_, field, text.substr(0, kMaxFindingText), {}});
    if (severity == Severity::kError) {
        explained_ = true;
        failed_ |= rule_info(rule).scope == Scope::kRecord;
    }
}

bool FindingLog::report_at(uint64_t line, int record, Rule rule, int field, std::string_view text,
                           std::string_view note) noexcept {
    const Severity severity = severity_of(rule, options_.dialect);
    add({rule, severity, line, record, field, text.substr(0, kMaxFindingText), note});
    return severity == Severity::kError;
}

void FindingLog::add(const Finding &finding) noexcept {
    constexpr int kMaxWarnings = kMaxFindingsPerRecord / 2; // the rest is kept for errors
    const bool is_error = finding.severity == Severity::kError;
    ++(is_error ? counts_.errors : counts_.warnings);
    counts_.file_refused |= is_error && rule_info(finding.rule).scope == Scope::kFile;
    if (count_ < (is_error ? kMaxFindingsPerRecord : kMaxWarnings))
        findings_[count_++] = finding;
}

bool FindingLog::next(Finding &out) noexcept {
    while (next_ < count_) {
        const Finding &finding = findings_[next_++];
        const bool is_error = finding.severity == Severity::kError;
        uint32_t &handed_out = is_error ? errors_handed_out_ : warnings_handed_out_;
        if (handed_out >= (is_error ? options_.max_errors : options_.max_warnings))
            continue;
        ++handed_out;
        out = finding;
        return true;
    }
    count_ = next_ = 0;
    return false;
}

} // namespace mdff

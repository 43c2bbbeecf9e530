#include "judge/verdict.hpp"

#include <algorithm>
#include <cctype>

namespace nem12::loader {

namespace {

constexpr const char *kWholeFile = "the whole file";

} // namespace

ExpectedCounts expected_of(const Verdict &verdict) {
    const auto count = [](uint64_t number) { return static_cast<int64_t>(number); };
    return {verdict.dialect, count(verdict.days), count(verdict.readings), count(verdict.accumulation_reads),
            count(verdict.skipped_records)};
}

std::string place_of(const ReportedFinding &finding) {
    if (finding.line == 0)
        return kWholeFile;
    std::string place = "line " + std::to_string(finding.line);
    if (finding.record > 0)
        place += ", record " + std::to_string(finding.record);
    if (finding.field >= 0)
        place += ", field " + std::to_string(finding.field);
    return place;
}

std::string summary_of(const Verdict &verdict) {
    auto error = std::find_if(verdict.findings.begin(), verdict.findings.end(),
                              [](const ReportedFinding &finding) { return finding.severity == "error"; });
    if (error == verdict.findings.end())
        return std::to_string(verdict.errors) + " errors";
    std::string text = place_of(*error) + ": " + error->code + ": " + error->message;
    if (verdict.errors > 1)
        text += " (and " + std::to_string(verdict.errors - 1) + " more errors)";
    return text;
}

std::string cause_of(std::string_view reason) {
    constexpr size_t kLongest = 40;
    size_t begin = 0, end = reason.find(": ");
    if (reason.starts_with("line ") || reason.starts_with("record ") || reason.starts_with(kWholeFile)) {
        begin = end == std::string_view::npos ? reason.size() : end + 2;
        end = reason.find(": ", begin);
    }
    if (end == std::string_view::npos || end - begin > kLongest)
        return {};
    const std::string_view cause = reason.substr(begin, end - begin);
    const auto of_a_name = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == ' '; };
    return std::all_of(cause.begin(), cause.end(), of_a_name) ? std::string(cause) : std::string();
}

} // namespace nem12::loader

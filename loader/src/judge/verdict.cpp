#include "judge/verdict.hpp"

#include <algorithm>

namespace nem12::loader {

ExpectedCounts expected_of(const Verdict &verdict) {
    const auto count = [](uint64_t number) { return static_cast<int64_t>(number); };
    return {verdict.dialect, count(verdict.days), count(verdict.readings), count(verdict.accumulation_reads),
            count(verdict.skipped_records)};
}

std::string place_of(const ReportedFinding &finding) {
    if (finding.line == 0)
        return "the whole file";
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

} // namespace nem12::loader

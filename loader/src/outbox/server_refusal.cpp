#include "outbox/server_refusal.hpp"

#include <exception>

#include <nlohmann/json.hpp>

#include "base/files.hpp"
#include "judge/validator.hpp"
#include "log/log.hpp"
#include "mdff/finding.hpp"

namespace nem12::loader {
namespace {

constexpr const char *kCode = "refused_by_server";

template <class T>
T member(const nlohmann::json &detail, const char *key, T otherwise) {
    auto at = detail.find(key);
    bool fits = at != detail.end() && (std::is_same_v<T, std::string> ? at->is_string() : at->is_number_integer());
    return fits ? at->get<T>() : otherwise;
}

const mdff::RuleInfo *rule_with(std::string_view code) {
    for (int i = 0; i < mdff::rule_count(); ++i)
        if (const mdff::RuleInfo &rule = mdff::rule_info(static_cast<mdff::Rule>(i)); rule.code == code)
            return &rule;
    return nullptr;
}

ReportedFinding finding_of(const DatabaseError &error) {
    nlohmann::json detail = nlohmann::json::parse(error.detail(), nullptr, false);
    if (!detail.is_object())
        detail = nlohmann::json::object();
    ReportedFinding finding{member<uint64_t>(detail, "line", 0),
                            member<int>(detail, "record", 0),
                            member<int>(detail, "field", -1),
                            "error",
                            member<std::string>(detail, "code", kCode),
                            error.sqlstate(),
                            display_text(error.what()),
                            display_text(error.hint),
                            "",
                            display_text(member<std::string>(detail, "text", ""))};
    if (const mdff::RuleInfo *rule = rule_with(finding.code)) {
        // "line 3, record 300: message: note (code)": the place and the code are said elsewhere.
        std::string_view text = error.what();
        const size_t at = text.find(rule->message);
        const size_t end = text.rfind(" (" + finding.code + ")");
        const bool found = at != std::string_view::npos && end != std::string_view::npos && at < end;
        finding.message = display_text(found ? text.substr(at, end - at) : rule->message);
        finding.hint = rule->hint;
        finding.source = rule->source;
    }
    return finding;
}

bool same_place(const ReportedFinding &a, const ReportedFinding &b) {
    return a.code == b.code && a.line == b.line && a.record == b.record && a.field == b.field && a.severity == b.severity;
}

} // namespace

Verdict refusal_by_server(std::string_view reason) {
    Verdict verdict;
    verdict.errors = 1;
    verdict.findings.push_back({0, 0, -1, "error", kCode, "", std::string(reason), "", "", ""});
    return verdict;
}

Verdict refusal_by_server(const DatabaseError &error, const JudgedFile &file, const IngestConfig &config) {
    Verdict verdict;
    try {
        verdict = validate_file(file.path, config);
    } catch (const std::exception &unreadable) { // it is refused all the same
        log_event(LogLevel::kWarning, "refused_file_unreadable", unreadable.what(), {{"sha256", file.sha256}});
    }
    verdict.loadable = false;
    ReportedFinding first = finding_of(error);
    if (std::erase_if(verdict.findings, [&](const ReportedFinding &found) { return same_place(found, first); }) == 0)
        ++verdict.errors;
    verdict.findings.insert(verdict.findings.begin(), std::move(first));
    return verdict;
}

} // namespace nem12::loader

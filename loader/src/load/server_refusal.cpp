#include "load/server_refusal.hpp"

#include <nlohmann/json.hpp>

namespace nem12::loader {
namespace {

Verdict with(ReportedFinding finding) {
    Verdict verdict;
    verdict.errors = 1;
    verdict.findings.push_back(std::move(finding));
    return verdict;
}

template <class T>
T member(const nlohmann::json &detail, const char *key, T otherwise) {
    auto at = detail.find(key);
    bool fits = at != detail.end() && (std::is_same_v<T, std::string> ? at->is_string() : at->is_number_integer());
    return fits ? at->get<T>() : otherwise;
}

} // namespace

Verdict verdict_of(std::string_view code, std::string_view message) {
    return with({0, 0, 0, "error", std::string(code), "", std::string(message), "", "", ""});
}

Verdict verdict_of(const DatabaseError &error) {
    nlohmann::json detail = nlohmann::json::parse(error.detail(), nullptr, false);
    if (!detail.is_object())
        detail = nlohmann::json::object();
    return with({member<uint64_t>(detail, "line", 0), member<int>(detail, "record", 0), member<int>(detail, "field", 0),
                 "error", member<std::string>(detail, "code", "REFUSED_BY_SERVER"), error.sqlstate(), error.what(), "", "",
                 member<std::string>(detail, "text", "")});
}

} // namespace nem12::loader

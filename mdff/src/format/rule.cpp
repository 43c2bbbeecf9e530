#include <iterator>

#include "mdff/finding.hpp"

namespace mdff {

namespace {

constexpr RuleInfo kRules[] = {
#define MDFF_RULE(name, code, strict, tolerant, scope, family, message, hint, source)                                          \
    {Rule::name, code, Severity::strict, Severity::tolerant, Scope::scope, RuleFamily::family, message, hint, source},
#include "mdff/rules.inc"
#undef MDFF_RULE
};

} // namespace

const RuleInfo &rule_info(Rule rule) noexcept { return kRules[static_cast<size_t>(rule)]; }

Severity severity_of(Rule rule, Dialect dialect) noexcept {
    const RuleInfo &info = rule_info(rule);
    return dialect == Dialect::kStrict ? info.strict : info.tolerant;
}

int rule_count() noexcept { return static_cast<int>(std::size(kRules)); }

std::string_view sqlstate_of(RuleFamily family) noexcept {
    constexpr std::string_view kStates[] = {"NM001", "NM002", "NM003", "NM004", "NM005",
                                            "NM006", "NM007", "NM008", "NM009", "NM010"};
    return kStates[static_cast<size_t>(family)];
}

std::string_view name_of(Severity severity) noexcept { return severity == Severity::kError ? "error" : "warning"; }

bool parse_dialect(std::string_view text, Dialect &out) noexcept {
    if (text != "strict" && text != "tolerant")
        return false;
    out = text == "strict" ? Dialect::kStrict : Dialect::kTolerant;
    return true;
}

} // namespace mdff

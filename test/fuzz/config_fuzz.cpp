// Any text as config.toml, what follows a NUL as a --set over it: a configuration, or messages that say what is wrong.

#include <cstdint>

#include "config/load_config.hpp"
#include "config/settings.hpp"
#include "require.hpp"

namespace {

using namespace nem12::loader;

// What was accepted lies within the limits.
bool fits(const std::string &member, Choice choice) {
    for (const char *word : choice.words)
        if (member == word)
            return true;
    return false;
}
bool fits(const std::string &member, AnyText text) { return text.may_be_empty || !member.empty(); }
bool fits(const std::filesystem::path &member, AnyText text) { return text.may_be_empty || !member.empty(); }
template <typename Number>
requires std::is_arithmetic_v<Number>
bool fits(Number member, Range range) {
    return static_cast<int64_t>(member) >= range.min && static_cast<int64_t>(member) <= range.max;
}
template <typename Rep, typename Period>
bool fits(std::chrono::duration<Rep, Period> member, Range range) {
    return fits(member.count(), range);
}
bool fits(bool, OnOff) { return true; }
template <typename Element, typename Limits>
bool fits(const std::vector<Element> &members, Limits limits) {
    for (const Element &member : members)
        if (!fits(member, limits))
            return false;
    return true;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const std::string_view input(reinterpret_cast<const char *>(data), size);
    const size_t nul = input.find('\0');
    std::vector<std::string> overrides;
    if (nul != std::string_view::npos)
        overrides.emplace_back(input.substr(nul + 1));
    try {
        const Config config = parse_config(input.substr(0, nul), "config.toml", overrides);
        visit_settings(
            config, [](const char *, const char *, const auto &member, auto limits) { NEM12_REQUIRE(fits(member, limits)); });
    } catch (const ConfigError &error) {
        NEM12_REQUIRE(!error.messages().empty());
        for (const std::string &message : error.messages())
            NEM12_REQUIRE(!message.empty());
    }
    return 0;
}

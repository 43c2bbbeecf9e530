#include <cstdio>

#include <toml++/toml.h>

#include "commands/cli.hpp"
#include "commands/commands.hpp"
#include "config/settings.hpp"
#include "log/log.hpp"

namespace nem12::loader {

namespace {

// A member as a TOML value.
template <typename Member>
std::string toml_of(const Member &member) {
    if constexpr (std::is_same_v<Member, bool>) {
        return member ? "true" : "false";
    } else if constexpr (std::is_arithmetic_v<Member>) {
        return std::to_string(member);
    } else if constexpr (requires { member.count(); }) {
        return std::to_string(member.count());
    } else if constexpr (std::is_convertible_v<Member, std::string>) {
        std::ostringstream text;
        text << toml::value<std::string>(mask_secrets(std::string(member)));
        return text.str();
    } else {
        std::string list;
        for (const auto &element : member) {
            list += (list.empty() ? "[" : ", ") + toml_of(element);
        }
        return list + "]";
    }
}

} // namespace

int check_config(const Config &config) {
    std::string section_shown;
    visit_settings(config, [&](const std::string &section, const std::string &key, const auto &member, const auto &) {
        if (section != section_shown) {
            std::printf("%s[%s]\n", section_shown.empty() ? "" : "\n", section.c_str());
            section_shown = section;
        }
        std::string value = toml_of(member);
        if (key == "password") {
            value = value == "''" || value == "\"\"" ? "\"\"  # none" : "\"***\"";
        }
        std::printf("%s = %s\n", key.c_str(), value.c_str());
    });
    return kExitOk;
}

} // namespace nem12::loader

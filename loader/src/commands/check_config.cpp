#include <cstdio>

#include <memory>
#include <sstream>

#include <curl/curl.h>
#include <toml++/toml.h>

#include "commands/cli.hpp"
#include "commands/commands.hpp"
#include "config/settings.hpp"
#include "database/conninfo.hpp"
#include "queue/redis_url.hpp"

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
        text << toml::value<std::string>(std::string(member));
        return text.str();
    } else {
        std::string list;
        for (const auto &element : member) {
            list += (list.empty() ? "[" : ", ") + toml_of(element);
        }
        return list + "]";
    }
}

// A web address: what may be a secret in it is all but the host. Chat programs have theirs in the path.
std::string shown_web_address(const std::string &url) {
    const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parts(curl_url(), curl_url_cleanup);
    if (url.empty() || curl_url_set(parts.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) {
        return url.empty() ? "" : "***";
    }
    for (const CURLUPart part : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_PATH, CURLUPART_QUERY, CURLUPART_FRAGMENT}) {
        char *value = nullptr;
        if (curl_url_get(parts.get(), part, &value, 0) == CURLUE_OK && std::string_view(value) != "/") {
            curl_url_set(parts.get(), part, part == CURLUPART_PATH ? "/***" : "***", 0);
        }
        curl_free(value);
    }
    char *shown = nullptr;
    curl_url_get(parts.get(), CURLUPART_URL, &shown, 0);
    const std::unique_ptr<char, decltype(&curl_free)> owner(shown, curl_free);
    return shown == nullptr ? "***" : shown;
}

// Secrets are found by those who use them, never by looking for them in the text.
template <typename Member>
std::string shown(const std::string &key, const Member &member) {
    if constexpr (std::is_same_v<Member, std::string>) {
        if (key == "database.conninfo") {
            if (member.empty())
                return "''  # PGHOST, PGDATABASE and so on, as psql";
            return toml_of(shown_conninfo(member));
        }
        if (key == "redis.url") {
            return toml_of(shown_redis_url(member));
        }
        if (key == "ingest.notify_webhook") {
            return toml_of(shown_web_address(member));
        }
        if (key.ends_with(".password")) {
            return member.empty() ? "\"\"  # none" : "\"***\"";
        }
    }
    return toml_of(member);
}

} // namespace

int check_config(const Config &config) {
    std::string section_shown;
    visit_settings(config, [&](const std::string &section, const std::string &key, const auto &member, const auto &) {
        if (section != section_shown) {
            std::printf("%s[%s]\n", section_shown.empty() ? "" : "\n", section.c_str());
            section_shown = section;
        }
        std::printf("%s = %s\n", key.c_str(), shown(section + "." + key, member).c_str());
    });
    std::printf("\n# no mistakes; check-config --connect looks at database, Redis and directories\n");
    return kExitOk;
}

} // namespace nem12::loader

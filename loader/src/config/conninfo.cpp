#include <cstdio>

#include "config/load_config.hpp"

namespace nem12::loader {

namespace {

std::string conninfo_quoted(const std::string &value) {
    std::string out = "'";
    for (const char c : value) {
        if (c == '\'' || c == '\\') {
            out += '\\';
        }
        out += c;
    }
    return out + "'";
}

std::string uri_encoded(const std::string &value) {
    std::string out;
    for (const char c : value) {
        char hex[4];
        std::snprintf(hex, sizeof hex, "%%%02X", static_cast<unsigned char>(c));
        out += hex;
    }
    return out;
}

} // namespace

std::string conninfo_of(const DatabaseConfig &database) {
    std::string conninfo = database.conninfo;
    // Both forms of libpq let a later setting win over an earlier one.
    const bool uri = conninfo.rfind("postgresql://", 0) == 0 || conninfo.rfind("postgres://", 0) == 0;
    for (const auto &[key, value] : {std::pair{"user", database.user}, std::pair{"password", database.password}}) {
        if (value.empty()) {
            continue;
        }
        if (uri) {
            conninfo += (conninfo.find('?') == std::string::npos ? "?" : "&") + std::string(key) + "=" + uri_encoded(value);
        } else {
            conninfo += (conninfo.empty() ? "" : " ") + std::string(key) + "=" + conninfo_quoted(value);
        }
    }
    return conninfo;
}

} // namespace nem12::loader

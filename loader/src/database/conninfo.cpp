#include "database/conninfo.hpp"

#include <libpq-fe.h>

#include <memory>

#include "database/database_error.hpp"

namespace nem12::loader {

namespace {

using Options = std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)>;

// Null when libpq cannot read it. libpq's message repeats parts of the text, so nobody gets it.
Options parsed(const std::string &conninfo) {
    char *error = nullptr;
    Options options(PQconninfoParse(conninfo.c_str(), &error), PQconninfoFree);
    PQfreemem(error);
    return options;
}

// A password with / in a URI ends the authority for libpq, and its pieces become host, port and dbname.
bool misread_uri(std::string_view conninfo) {
    size_t scheme = conninfo.find("://");
    if (!conninfo.starts_with("postgres") || scheme == std::string_view::npos)
        return false;
    size_t end = conninfo.find_first_of("/?", scheme + 3);
    return end != std::string_view::npos && conninfo.find('@', end) != std::string_view::npos;
}

std::string quoted(std::string_view value) {
    if (value.find_first_of(" \t\n'\\") == std::string_view::npos)
        return std::string(value);
    std::string out = "'";
    for (char c : value) {
        if (c == '\'' || c == '\\')
            out += '\\';
        out += c;
    }
    return out + "'";
}

} // namespace

std::string shown_conninfo(const std::string &conninfo) {
    Options options = parsed(conninfo);
    if (!options || misread_uri(conninfo))
        return "***";
    std::string shown;
    for (const PQconninfoOption *option = options.get(); option->keyword; ++option) {
        if (!option->val || !*option->val)
            continue;
        bool secret = std::string_view(option->dispchar) == "*";
        shown += (shown.empty() ? "" : " ") + std::string(option->keyword) + "=" + (secret ? "***" : quoted(option->val));
    }
    return shown;
}

std::map<std::string, std::string> connection_parameters(const DatabaseConfig &config) {
    std::map<std::string, std::string> parameters;
    Options options = parsed(config.conninfo);
    if (!options)
        throw DatabaseError(ErrorClass::kConfig, "", "database.conninfo is not a libpq connection string or URI");
    for (const PQconninfoOption *option = options.get(); option->keyword; ++option)
        if (option->val && *option->val)
            parameters[option->keyword] = option->val;
    if (!config.user.empty())
        parameters["user"] = config.user;
    if (!config.password.empty())
        parameters["password"] = config.password;
    // Without these a cut wire is noticed after hours. What the user set stays.
    parameters.try_emplace("fallback_application_name", "nem12-loader");
    parameters.try_emplace("connect_timeout", "5");
    parameters.try_emplace("keepalives_idle", "15");
    parameters.try_emplace("keepalives_interval", "5");
    parameters.try_emplace("keepalives_count", "3");
    parameters.try_emplace("tcp_user_timeout", "30000");
    parameters.try_emplace("target_session_attrs", "read-write");
    return parameters;
}

} // namespace nem12::loader

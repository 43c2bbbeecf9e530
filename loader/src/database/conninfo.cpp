#include "database/conninfo.hpp"

#include <libpq-fe.h>

#include <cstdlib>
#include <memory>
#include <sstream>

#include "config/this_host.hpp"
#include "database/database_error.hpp"
#include "log/log.hpp"

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

// A password with / in a URI ends the authority for libpq, and its pieces become host, port and dbname: libpq would show them
// in its messages, and so would we.
bool misread_uri(std::string_view conninfo) {
    size_t scheme = conninfo.find("://");
    if (!conninfo.starts_with("postgres") || scheme == std::string_view::npos)
        return false;
    size_t end = conninfo.find('/', scheme + 3);
    return end != std::string_view::npos && conninfo.find('@', end) < conninfo.find('?', end);
}

// Whether any of the hosts is another one. A service file says for itself how it wants to connect.
bool leaves_the_host(const std::map<std::string, std::string> &parameters) {
    const auto value = [&](const char *keyword, const char *variable) -> std::string {
        const auto found = parameters.find(keyword);
        const char *set = std::getenv(variable);
        return found != parameters.end() ? found->second : set == nullptr ? "" : set;
    };
    if (!value("service", "PGSERVICE").empty())
        return false;
    std::istringstream hosts(value("host", "PGHOST") + "," + value("hostaddr", "PGHOSTADDR")); // both: a tunnel has two ends
    for (std::string host; std::getline(hosts, host, ',');)
        if (!is_this_host(host))
            return true;
    return false;
}

std::string in_quotes(std::string_view value) {
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
        // Passwords; settings of the session, that are anybody's; a URI or a password in the place of a name.
        bool secret = std::string_view(option->dispchar) == "*" || std::string_view(option->keyword) == "options" ||
                      std::string_view(option->val).find("://") != std::string_view::npos;
        shown += (shown.empty() ? "" : " ") + std::string(option->keyword) + "=" +
                 (secret ? "***" : in_quotes(mask_secrets(option->val)));
    }
    return shown;
}

std::map<std::string, std::string> connection_parameters(const DatabaseConfig &config, Purpose purpose) {
    std::map<std::string, std::string> parameters;
    Options options = parsed(config.conninfo);
    if (!options)
        throw DatabaseError(
            ErrorClass::kConfig, "",
            "the connection string (--db, or [database] conninfo) is none that libpq reads: write 'host=... dbname=...', or "
            "postgresql://HOST/DATABASE");
    if (misread_uri(config.conninfo))
        throw DatabaseError(ErrorClass::kConfig, "",
                            "database.conninfo has a / in its password or an @ in its database: write "
                            "them as %2F and %40");
    for (const PQconninfoOption *option = options.get(); option->keyword; ++option)
        if (option->val && *option->val)
            parameters[option->keyword] = option->val;
    for (const char *name : {"host", "user", "dbname"})
        if (auto found = parameters.find(name); found != parameters.end() && found->second.find("://") != std::string::npos)
            throw DatabaseError(ErrorClass::kConfig, "",
                                std::string("database.conninfo has a URI in the place of ") + name + ": write the URI alone");
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
    parameters.try_emplace("target_session_attrs", purpose == Purpose::kLoading ? "read-write" : "any");
    // libpq's own default takes any server that answers, and no encryption when that is what it offers.
    if (leaves_the_host(parameters) && std::getenv("PGSSLMODE") == nullptr)
        parameters.try_emplace("sslmode", "verify-full");
    return parameters;
}

} // namespace nem12::loader

#include "database/conninfo.hpp"

#include <libpq-fe.h>

#include <memory>

#include "database/database_error.hpp"

namespace nem12::loader {

std::map<std::string, std::string> connection_parameters(const DatabaseConfig &config) {
    std::map<std::string, std::string> parameters;
    char *raw_error = nullptr;
    std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(PQconninfoParse(config.conninfo.c_str(), &raw_error),
                                                                         PQconninfoFree);
    std::unique_ptr<char, decltype(&PQfreemem)> error(raw_error, PQfreemem);
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

#include "database/installation.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <iterator>
#include <sstream>

namespace nem12::loader {
namespace {

constexpr std::chrono::seconds kPatience{10};

std::string joined(const std::vector<std::string> &words) {
    std::string list;
    for (const std::string &word : words)
        list += (list.empty() ? "" : ", ") + word;
    return list;
}

std::vector<std::string> words_of(const std::string &text) {
    std::istringstream stream(text);
    return {std::istream_iterator<std::string>(stream), {}};
}

// The settings that make a committed reading, or a whole cluster, vanish in a power cut.
constexpr const char *kQuestion = R"(
    SELECT current_setting('server_version'), current_database(), current_user, e.extversion, n.nspname,
           has_schema_privilege(n.oid, 'USAGE'), n.nspname = ANY (current_schemas(true)),
           (SELECT string_agg(f, ' ' ORDER BY f) FROM unnest($1::text[]) f
            WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_proc p WHERE p.proname = f AND p.pronamespace = n.oid)),
           (SELECT string_agg(DISTINCT p.proname, ' ') FROM pg_catalog.pg_proc p
            WHERE p.proname = ANY ($1::text[]) AND p.pronamespace = n.oid AND NOT has_function_privilege(p.oid, 'EXECUTE')),
           (SELECT string_agg(name, ' ') FROM pg_catalog.pg_settings WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off'),
           extract(epoch FROM clock_timestamp())
    FROM (SELECT) AS one LEFT JOIN pg_catalog.pg_extension e ON extname = 'nem12' LEFT JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace)";

double host_seconds() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

} // namespace

const std::vector<std::string> &loader_functions() {
    static const std::vector<std::string> functions{
        "nem12_load",          "nem12_load_begin",      "nem12_load_chunk",  "nem12_load_end",   "nem12_prepare_months",
        "nem12_merge_staging", "nem12_report_findings", "nem12_file_loaded", "nem12_ping_write", "nem12_staging_depth"};
    return functions;
}

Installation look_at_installation(PgConnection &connection, const std::vector<std::string> &functions,
                                  const Patience &patience) {
    const std::string names = "{" + joined(functions) + "}";
    const double before = host_seconds();
    const PgResult row = connection.execute(kQuestion, {{names}}, patience);
    const double after = host_seconds();
    const auto text = [&](int column) { return std::string(PQgetvalue(row.get(), 0, column)); };
    Installation found;
    found.server_version = text(0);
    found.database = text(1);
    found.role = text(2);
    found.extension_version = text(3);
    found.schema = text(4);
    found.may_use_schema = text(5) == "t";
    found.on_path = text(6) == "t";
    found.missing = words_of(text(7));
    found.forbidden = words_of(text(8));
    for (const std::string &name : words_of(text(9)))
        found.settings_that_lose_data.push_back(name + " = off");
    const std::string clock = text(10);
    double seconds = 0;
    std::from_chars(clock.data(), clock.data() + clock.size(), seconds);
    // Within the time that the question took, nobody can tell.
    found.seconds_ahead = seconds < before ? seconds - before : std::max(seconds - after, 0.0);
    return found;
}

Obstacle extension_obstacle(const Installation &found) {
    const std::string role = "\"" + found.role + "\"", schema = "\"" + found.schema + "\"";
    if (found.extension_version.empty())
        return {"the database " + found.database + " has no extension nem12",
                "in " + found.database +
                    ", as a superuser: CREATE EXTENSION nem12; it comes with the package postgresql-NN-nem12"};
    if (!found.may_use_schema)
        return {"the role " + found.role + " may not use the extension's schema " + found.schema,
                "GRANT USAGE ON SCHEMA " + schema + " TO " + role + "; ALTER ROLE " + role + " SET search_path = " + schema};
    if (!found.on_path)
        return {"the extension's schema " + found.schema + " is not on the search_path of the role " + found.role,
                "ALTER ROLE " + role + " SET search_path = " + schema};
    if (!found.missing.empty())
        return {"the extension nem12 " + found.extension_version + " in the database " + found.database + " has no " +
                    joined(found.missing),
                "install the package of the loader's version, then: ALTER EXTENSION nem12 UPDATE"};
    return {};
}

Obstacle rights_obstacle(const Installation &found) {
    if (found.forbidden.empty())
        return {};
    return {"the role " + found.role + " may not call " + joined(found.forbidden),
            "as the extension's owner: GRANT EXECUTE ON FUNCTION " + joined(found.forbidden) + " TO \"" + found.role + "\""};
}

void require_functions(PgConnection &connection, const std::vector<std::string> &functions) {
    const Installation found = look_at_installation(connection, functions, Patience::of(kPatience));
    for (const Obstacle &obstacle : {extension_obstacle(found), rights_obstacle(found)})
        if (obstacle)
            throw std::runtime_error(obstacle.what + "\n" + obstacle.what_to_do);
}

std::string connection_advice(const DatabaseError &error) {
    const std::string &state = error.sqlstate();
    if (state == "3D000")
        return "create it (createdb), or correct dbname";
    if (state.starts_with("28"))
        return "look at user, password, and the server's pg_hba.conf; over a unix socket Debian's asks that the role has the "
               "name of "
               "the system's user (peer)";
    if (state == "42501")
        return "GRANT CONNECT ON DATABASE to the role";
    if (state == "53300")
        return "raise the server's max_connections, or lower [database] max_connections";
    if (error.error_class() == ErrorClass::kConfig)
        return "correct [database] conninfo, user and password, or the PG* variables";
    return "is the server up, and are host and port right? pg_lsclusters shows this machine's";
}

} // namespace nem12::loader

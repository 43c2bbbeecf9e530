#pragma once
// What a database has of what the loader needs, and what a person can do about the rest.

#include <string>
#include <vector>

#include "database/pg_connection.hpp"

namespace nem12::loader {

// The functions that a loader calls (docs/security.md, "Roles in the database"); it needs no other right.
const std::vector<std::string> &loader_functions();

struct Installation {
    std::string server_version, database, role;
    std::string extension_version, schema;            // empty: no extension nem12 here
    bool may_use_schema = false, on_path = false;     // the schema: USAGE on it, and found without being named
    std::vector<std::string> missing, forbidden;      // of the functions asked for: not there, or not for this role
    double seconds_ahead = 0;                         // the server's clock, before this host's
    std::vector<std::string> settings_that_lose_data; // "fsync = off", which a power cut punishes
};

// Throws DatabaseError.
Installation look_at_installation(PgConnection &connection, const std::vector<std::string> &functions,
                                  const Patience &patience);

// The first thing that keeps the role from calling the functions, and the statement that mends it; both empty when nothing
// does.
struct Obstacle {
    std::string what, what_to_do;
    explicit operator bool() const { return !what.empty(); }
};
Obstacle extension_obstacle(const Installation &installation); // no extension, or not to be found
Obstacle rights_obstacle(const Installation &installation);

// Throws std::runtime_error with the first obstacle to calling these functions, for commands that are of no use without.
void require_functions(PgConnection &connection, const std::vector<std::string> &functions);

// What to do about a connection that could not be made.
std::string connection_advice(const DatabaseError &error);

} // namespace nem12::loader

#pragma once
// The connection's parameters: the configured conninfo, user and password over it, and our defaults under it.

#include <map>
#include <string>

#include "config/config.hpp"

namespace nem12::loader {

// Loading needs a server that takes writes; reading is content with any, a standby too.
enum class Purpose { kLoading, kReading };

// libpq keyword -> value. Throws DatabaseError (kConfig) for a conninfo libpq cannot read; its text is not repeated.
std::map<std::string, std::string> connection_parameters(const DatabaseConfig &config, Purpose purpose = Purpose::kLoading);

// A conninfo or URI as it may be shown: keyword=value, *** for what libpq calls a password; *** alone for what libpq cannot
// read.
std::string shown_conninfo(const std::string &conninfo);

} // namespace nem12::loader

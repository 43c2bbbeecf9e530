#pragma once
// config.toml into Config.

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"

namespace nem12::loader {

// Everything that is wrong, one message each: "config.toml:12:9: [queue] size: must be ...".
class ConfigError : public std::runtime_error {
public:
    explicit ConfigError(std::vector<std::string> messages);
    const std::vector<std::string> &messages() const { return messages_; }

private:
    std::vector<std::string> messages_;
};

// The file, then `overrides` ("section.key=value", the --set of the commands; the value as in TOML, quotes may be left out),
// then secrets (below). Relative directories count from the file's own. Throws ConfigError with all errors at once.
//
// Secrets that the file does not hold, first found wins: environment NEM12_DATABASE_PASSWORD, NEM12_REDIS_PASSWORD;
// files database_password, redis_password in $CREDENTIALS_DIRECTORY (systemd's LoadCredential). PGPASSFILE, PGSERVICE and
// the other PG* variables are libpq's own business.
Config load_config(const std::filesystem::path &path, const std::vector<std::string> &overrides = {});

// The same from a text; `path` names it in messages and anchors relative directories.
Config parse_config(std::string_view text, const std::filesystem::path &path, const std::vector<std::string> &overrides = {});

} // namespace nem12::loader

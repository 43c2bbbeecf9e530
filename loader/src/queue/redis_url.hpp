#pragma once
// redis://[user[:password]@]host[:port][/db] or unix:///path/to.sock[?db=n]. The login ends at the last @; %XX in it stands for
// a byte.

#include <optional>
#include <string>
#include <string_view>

namespace nem12::loader {

struct RedisAddress {
    std::string socket; // path, or empty for TCP
    std::string host;
    int port = 6379;
    int database = 0;
    std::string user, password;
};

// nullopt when it is neither form.
std::optional<RedisAddress> parse_redis_url(std::string_view url);

// The URL as it may be shown: *** for the password, and for everything in one that is not understood.
std::string shown_redis_url(std::string_view url);

} // namespace nem12::loader

#pragma once
// redis://[user[:password]@]host[:port][/db] or unix:///path/to.sock[?db=n].

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

} // namespace nem12::loader

#pragma once
// Calls of the queue's Redis functions, which are loaded into Redis where they are missing. Thread-safe: one call at a time.

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "queue/redis_client.hpp"

namespace nem12::loader {

class RedisFunctions {
public:
    explicit RedisFunctions(const RedisConfig &redis);

    // Throws RedisError. `verb`: FCALL_RO for those that change nothing.
    RedisReply call(std::string_view function, const std::vector<std::string> &arguments, std::string_view verb = "FCALL");
    // Another command.
    RedisReply command(const std::vector<std::string_view> &words);

private:
    const std::string prefix_;
    std::mutex mutex_;
    RedisClient client_;
};

} // namespace nem12::loader

#include "queue/redis_functions.hpp"

#include "log/log.hpp"
#include "queue/functions.hpp"

namespace nem12::loader {
namespace {

bool unknown_function(const RedisError &error) {
    return std::string_view(error.what()).find("Function not found") != std::string_view::npos;
}

void load_functions(RedisClient &client) {
    client.call({"FUNCTION", "LOAD", "REPLACE", queue_library().source});
    log_event(LogLevel::kInfo, "queue_functions_loaded", "loaded the queue's functions into Redis",
              {{"version", queue_library().version}});
}

void ensure_functions(RedisClient &client) {
    try {
        if (text_of(client.call({"FCALL_RO", "nem12_version", "0"}).get()) == queue_library().version)
            return;
    } catch (const RedisError &error) {
        if (!unknown_function(error))
            throw;
    }
    load_functions(client);
}

} // namespace

RedisFunctions::RedisFunctions(const RedisConfig &redis) : prefix_(redis.prefix), client_(redis, ensure_functions) {}

RedisReply RedisFunctions::call(std::string_view function, const std::vector<std::string> &arguments, std::string_view verb) {
    std::vector<std::string_view> words{verb, function, "1", prefix_};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::lock_guard lock(mutex_);
    try {
        return client_.call(words);
    } catch (const RedisError &error) {
        if (!unknown_function(error))
            throw;
    }
    // FUNCTION FLUSH, or a Redis replaced behind a proxy. Once: a second miss is thrown.
    load_functions(client_);
    return client_.call(words);
}

RedisReply RedisFunctions::command(const std::vector<std::string_view> &words) {
    std::lock_guard lock(mutex_);
    return client_.call(words);
}

} // namespace nem12::loader

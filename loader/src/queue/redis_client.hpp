#pragma once
// One connection to Redis. Not for several threads at once.

#include <hiredis/hiredis.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"

namespace nem12::loader {

class RedisError : public std::runtime_error {
public:
    enum class Kind {
        kUnavailable, // no connection, LOADING, MISCONF, READONLY...: later it may work
        kConfig,      // NOAUTH, WRONGPASS, NOPERM, a bad URL: a person has to do something
        kFull,        // OOM: Redis is at maxmemory
        kRefused,     // any other error reply
    };
    RedisError(Kind kind, const std::string &message) : std::runtime_error(message), kind_(kind) {}
    Kind kind() const { return kind_; }

private:
    Kind kind_;
};

struct RedisReplyDeleter {
    void operator()(redisReply *reply) const { freeReplyObject(reply); }
};
using RedisReply = std::unique_ptr<redisReply, RedisReplyDeleter>;

class RedisClient {
public:
    // on_connect runs after each new connection, logged in and with its database selected.
    explicit RedisClient(const RedisConfig &config, std::function<void(RedisClient &)> on_connect = {});

    // One command, one reply. Connects first when there is no connection. Throws RedisError, also for an error reply.
    RedisReply call(const std::vector<std::string_view> &words);

    bool connected() const { return context_ != nullptr; }
    void disconnect() { context_.reset(); }

private:
    struct ContextDeleter {
        void operator()(redisContext *context) const { redisFree(context); }
    };
    void connect();
    RedisReply send(const std::vector<std::string_view> &words);

    RedisConfig config_;
    std::function<void(RedisClient &)> on_connect_;
    std::unique_ptr<redisContext, ContextDeleter> context_;
};

// Text of a reply, "" for nil; a number reply in decimal.
std::string text_of(const redisReply *reply);
int64_t number_of(const redisReply *reply);

} // namespace nem12::loader

#include "queue/redis_client.hpp"

#include <signal.h>
#include <sys/time.h>

#include <charconv>

#include "queue/redis_url.hpp"

namespace nem12::loader {
namespace {

constexpr timeval kConnectTimeout{2, 0};
constexpr timeval kCommandTimeout{5, 0};

RedisError::Kind kind_of(std::string_view error) {
    std::string_view code = error.substr(0, error.find(' '));
    // The second: a command inside one of our functions that the user lacks.
    if (code == "NOAUTH" || code == "WRONGPASS" || code == "NOPERM" ||
        error.find("user executing the script can't") != error.npos)
        return RedisError::Kind::kConfig;
    if (code == "OOM")
        return RedisError::Kind::kFull;
    for (std::string_view later :
         {"LOADING", "MISCONF", "READONLY", "BUSY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "NOREPLICAS"})
        if (code == later)
            return RedisError::Kind::kUnavailable;
    return RedisError::Kind::kRefused;
}

} // namespace

RedisClient::RedisClient(const RedisConfig &config, std::function<void(RedisClient &)> on_connect)
    : config_(config), on_connect_(std::move(on_connect)) {
    // hiredis 0.14 writes without MSG_NOSIGNAL: a restarted Redis would end the whole program.
    static const auto ignored = signal(SIGPIPE, SIG_IGN);
    (void)ignored;
}

void RedisClient::connect() {
    auto address = parse_redis_url(config_.url);
    if (!address)
        throw RedisError(RedisError::Kind::kConfig, "redis.url is neither redis://host:port/db nor unix:///path?db=n");
    context_.reset(address->socket.empty() ? redisConnectWithTimeout(address->host.c_str(), address->port, kConnectTimeout)
                                           : redisConnectUnixWithTimeout(address->socket.c_str(), kConnectTimeout));
    if (!context_ || context_->err) {
        std::string why = context_ ? context_->errstr : "out of memory";
        context_.reset();
        throw RedisError(RedisError::Kind::kUnavailable, "cannot connect to Redis: " + why);
    }
    redisSetTimeout(context_.get(), kCommandTimeout);
    if (address->socket.empty())
        redisEnableKeepAlive(context_.get());
    try {
        const std::string &user = config_.user.empty() ? address->user : config_.user;
        const std::string &password = config_.password.empty() ? address->password : config_.password;
        if (!password.empty() && !user.empty())
            send({"AUTH", user, password});
        else if (!password.empty())
            send({"AUTH", password});
        if (address->database != 0)
            send({"SELECT", std::to_string(address->database)});
        if (on_connect_)
            on_connect_(*this);
    } catch (...) {
        context_.reset();
        throw;
    }
}

RedisReply RedisClient::send(const std::vector<std::string_view> &words) {
    std::vector<const char *> values;
    std::vector<size_t> lengths;
    values.reserve(words.size());
    lengths.reserve(words.size());
    for (std::string_view word : words) {
        values.push_back(word.data());
        lengths.push_back(word.size());
    }
    RedisReply reply(static_cast<redisReply *>(
        redisCommandArgv(context_.get(), static_cast<int>(words.size()), values.data(), lengths.data())));
    if (!reply) {
        // A late reply on this connection would be taken for the next command's, so it is never used again.
        std::string why = context_->errstr[0] ? context_->errstr : "timed out";
        context_.reset();
        throw RedisError(RedisError::Kind::kUnavailable, "lost the connection to Redis: " + why);
    }
    if (reply->type == REDIS_REPLY_ERROR) {
        std::string why(reply->str, reply->len);
        throw RedisError(kind_of(why), "Redis: " + why);
    }
    return reply;
}

RedisReply RedisClient::call(const std::vector<std::string_view> &words) {
    if (!context_)
        connect();
    return send(words);
}

std::string text_of(const redisReply *reply) {
    if (reply->type == REDIS_REPLY_INTEGER)
        return std::to_string(reply->integer);
    return reply->str ? std::string(reply->str, reply->len) : std::string();
}

int64_t number_of(const redisReply *reply) {
    if (reply->type == REDIS_REPLY_INTEGER)
        return reply->integer;
    int64_t value = 0;
    if (reply->str)
        std::from_chars(reply->str, reply->str + reply->len, value);
    return value;
}

} // namespace nem12::loader

#pragma once
// A private redis-server on a unix socket.

#include "config/config.hpp"
#include "loader/support/child_process.hpp"
#include "log/log.hpp"
#include "queue/redis_client.hpp"

namespace nem12::loader::test {

class RedisServer {
public:
    explicit RedisServer(std::vector<std::string> options = {}) : options_(std::move(options)) {
        set_log_level("error"); // thousands of jobs are no reading matter
        start();
    }

    void start() {
        std::vector<std::string> words{program(),
                                       "--port",
                                       "0",
                                       "--unixsocket",
                                       socket(),
                                       "--dir",
                                       directory_.path().string(),
                                       "--save",
                                       "",
                                       "--appendonly",
                                       "yes",
                                       "--appendfsync",
                                       "always",
                                       "--daemonize",
                                       "no",
                                       "--maxmemory-policy",
                                       "noeviction"};
        words.insert(words.end(), options_.begin(), options_.end());
        process_ = ChildProcess(words, directory_.path() / "redis.log");
        bool up = eventually([&] {
            try {
                return text_of(RedisClient(config()).call({"PING"}).get()) == "PONG";
            } catch (const RedisError &error) {
                return error.kind() == RedisError::Kind::kConfig; // up, and asks for a password
            }
        });
        if (!up)
            throw std::runtime_error("redis-server did not start; is it installed?");
    }
    void stop(int signal = SIGTERM) { process_.stop(signal); }
    void restart(int signal = SIGTERM) {
        stop(signal);
        start();
    }
    void pause() { process_.send(SIGSTOP); }
    void resume() { process_.send(SIGCONT); }

    RedisConfig config() const {
        RedisConfig config;
        config.url = "unix://" + socket();
        return config;
    }
    RedisReply call(const std::vector<std::string_view> &words) const { return RedisClient(config()).call(words); }

private:
    static std::string program() {
        for (const char *place : {"/usr/bin/redis-server", "/usr/local/bin/redis-server"})
            if (std::filesystem::exists(place))
                return place;
        throw std::runtime_error("redis-server is not installed");
    }
    std::string socket() const { return (directory_.path() / "redis.sock").string(); }

    TemporaryDirectory directory_;
    std::vector<std::string> options_;
    ChildProcess process_;
};

} // namespace nem12::loader::test

#pragma once
// Logs a lasting trouble when it begins and then once a minute, not at each attempt.

#include <chrono>
#include <initializer_list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "log/log.hpp"

namespace nem12::loader {

class SeldomLog {
public:
    using Clock = std::chrono::steady_clock;

    // Each event is counted by itself. `repeated`: how often it was not logged since the last time. From any thread.
    void say(LogLevel level, std::string_view event, std::string_view message, std::string_view file, std::string_view error,
             Clock::time_point now = Clock::now());

private:
    struct Said {
        Clock::time_point when;
        int64_t unsaid = 0;
    };

    std::mutex mutex_;
    std::map<std::string, Said, std::less<>> said_;
};

} // namespace nem12::loader

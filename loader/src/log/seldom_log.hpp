#pragma once
// A trouble that stays is said when it begins and once a minute after that, not with each attempt.

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

    // For each event by itself. `repeated`: how often it was not said since the last time. From any thread.
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

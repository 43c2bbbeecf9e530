#include "log/seldom_log.hpp"

namespace nem12::loader {

void SeldomLog::say(LogLevel level, std::string_view event, std::string_view message, std::string_view file,
                    std::string_view error, Clock::time_point now) {
    constexpr std::chrono::minutes kPause{1};
    int64_t repeated = 0;
    {
        std::lock_guard lock(mutex_);
        auto [said, is_first] = said_.try_emplace(std::string(event), Said{now, 0});
        if (!is_first && now - said->second.when < kPause) {
            ++said->second.unsaid;
            return;
        }
        repeated = said->second.unsaid;
        said->second = {now, 0};
    }
    log_event(level, event, message, {{"file", file}, {"error", error}, {"repeated", repeated}});
}

} // namespace nem12::loader

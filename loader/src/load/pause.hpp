#pragma once
// Loading stands still because of something only a person can put right (rights, a missing extension, a corrupt index).
// It is not a matter for the breaker: the server answers. Now and then one job is tried, so that no restart is needed.

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>

namespace nem12::loader {

class Pause {
public:
    // True when the reason is new.
    bool begin(std::string_view reason);
    // True when it was paused.
    bool end();
    // May a job be claimed? While paused: one, every second at first and up to every 30 seconds later.
    bool allows();
    std::string reason() const; // empty: not paused

private:
    mutable std::mutex mutex_;
    std::string reason_;
    std::chrono::steady_clock::time_point next_{};
    std::chrono::seconds wait_{1};
};

} // namespace nem12::loader

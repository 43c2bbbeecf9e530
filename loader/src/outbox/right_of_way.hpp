#pragma once
// Loading goes first. What can wait - setting refused files aside, telling the database of them - asks before each step whether
// files are being loaded, and waits for their end; but not for ever, since there may always be one.

#include <atomic>
#include <chrono>
#include <functional>

namespace nem12::loader {

class RightOfWay {
public:
    using Clock = std::chrono::steady_clock;

    // `busy`: is a file being loaded at this moment? Empty: never.
    explicit RightOfWay(std::function<bool()> busy = {}) : busy_(std::move(busy)) {}

    // Now, or until so lately that the next is about to begin.
    bool loading();
    // Until nothing is being loaded, at most that long, or until told to stop.
    void wait(std::chrono::milliseconds at_most, const std::function<bool()> &stopped);

private:
    std::function<bool()> busy_;
    std::atomic<Clock::time_point> last_busy_{Clock::time_point{}};
};

} // namespace nem12::loader

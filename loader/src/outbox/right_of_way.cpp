#include "outbox/right_of_way.hpp"

#include <thread>

namespace nem12::loader {

namespace {

constexpr std::chrono::milliseconds kBetweenFiles{10}, kLook{2};

} // namespace

bool RightOfWay::loading() {
    Clock::time_point now = Clock::now();
    if (busy_ && busy_())
        last_busy_ = now;
    return now - last_busy_.load() < kBetweenFiles;
}

void RightOfWay::wait(std::chrono::milliseconds at_most, const std::function<bool()> &stopped) {
    Clock::time_point end = Clock::now() + at_most;
    while (loading() && Clock::now() < end && !stopped())
        std::this_thread::sleep_for(kLook);
}

} // namespace nem12::loader

#include "outbox/right_of_way.hpp"

#include <thread>

#include <gtest/gtest.h>

namespace nem12::loader {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

const auto kNeverStopped = [] { return false; };

TEST(RightOfWay, is_free_when_nothing_is_loaded) {
    RightOfWay free;
    EXPECT_FALSE(free.loading());
    auto start = Clock::now();
    free.wait(1h, kNeverStopped);
    EXPECT_LT(Clock::now() - start, 1min);
}

TEST(RightOfWay, is_not_given_between_two_files) {
    bool busy = true;
    RightOfWay way([&] { return busy; });
    EXPECT_TRUE(way.loading());
    busy = false;
    EXPECT_TRUE(way.loading()) << "the next may follow";
    std::this_thread::sleep_for(20ms);
    EXPECT_FALSE(way.loading());
}

TEST(RightOfWay, is_waited_for_until_loading_ends_patience_ends_or_all_ends) {
    std::atomic<bool> busy = true;
    RightOfWay way([&] { return busy.load(); });
    auto start = Clock::now();
    way.wait(50ms, kNeverStopped);
    EXPECT_GE(Clock::now() - start, 50ms);
    way.wait(1h, [] { return true; });
    std::jthread end([&] {
        std::this_thread::sleep_for(30ms);
        busy = false;
    });
    way.wait(1h, kNeverStopped);
    EXPECT_FALSE(way.loading());
    EXPECT_LT(Clock::now() - start, 1min);
}

} // namespace
} // namespace nem12::loader

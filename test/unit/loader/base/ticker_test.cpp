#include "base/ticker.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "loader/support/child_process.hpp"

namespace nem12::loader {
namespace {

using namespace std::chrono_literals;
using test::eventually;

TEST(Ticker, takes_a_step_and_the_next_after_the_pause_it_asked_for) {
    std::atomic<int> steps = 0;
    Ticker ticker("test", [&] {
        ++steps;
        return 10ms;
    });
    EXPECT_EQ(steps, 0);
    ticker.start();
    EXPECT_TRUE(eventually([&] { return steps >= 3; }));
}

TEST(Ticker, a_wake_ends_the_pause_also_one_that_comes_during_the_step) {
    std::atomic<int> steps = 0;
    std::atomic<bool> go_on = false;
    Ticker ticker("test", [&] {
        ++steps;
        while (!go_on)
            std::this_thread::sleep_for(1ms);
        return Ticker::kUntilWoken;
    });
    ticker.start();
    ASSERT_TRUE(eventually([&] { return steps == 1; }));
    ticker.wake();
    go_on = true;
    EXPECT_TRUE(eventually([&] { return steps == 2; }));
    std::this_thread::sleep_for(30ms);
    EXPECT_EQ(steps, 2);
    ticker.wake();
    EXPECT_TRUE(eventually([&] { return steps == 3; }));
}

TEST(Ticker, stop_waits_for_the_step_in_hand_and_tells_it) {
    std::atomic<bool> in_step = false, ended = false;
    Ticker *self = nullptr;
    Ticker ticker("test", [&] {
        in_step = true;
        while (!self->stopping())
            std::this_thread::sleep_for(1ms);
        ended = true;
        return Ticker::kUntilWoken;
    });
    self = &ticker;
    ticker.start();
    ASSERT_TRUE(eventually([&] { return in_step.load(); }));
    ticker.stop();
    EXPECT_TRUE(ended);
    EXPECT_FALSE(ticker.started());
}

TEST(Ticker, its_thread_has_its_name_and_niceness_and_no_other_has) {
    std::string name;
    int niceness = 0;
    std::atomic<bool> looked = false;
    Ticker ticker(
        "test-ticker",
        [&] {
            char text[16] = "";
            pthread_getname_np(pthread_self(), text, sizeof text);
            name = text;
            niceness = getpriority(PRIO_PROCESS, static_cast<id_t>(gettid()));
            looked = true;
            return Ticker::kUntilWoken;
        },
        15);
    const int ours = getpriority(PRIO_PROCESS, static_cast<id_t>(gettid()));
    ticker.start();
    ASSERT_TRUE(eventually([&] { return looked.load(); }));
    ticker.stop();
    EXPECT_EQ(name, "test-ticker");
    EXPECT_EQ(niceness, 15);
    EXPECT_EQ(getpriority(PRIO_PROCESS, static_cast<id_t>(gettid())), ours);
}

TEST(Ticker, may_be_started_again) {
    std::atomic<int> steps = 0;
    Ticker ticker("test", [&] {
        ++steps;
        return Ticker::kUntilWoken;
    });
    for (int n = 1; n <= 3; ++n) {
        ticker.start();
        EXPECT_TRUE(eventually([&] { return steps == n; }));
        ticker.stop();
    }
}

} // namespace
} // namespace nem12::loader

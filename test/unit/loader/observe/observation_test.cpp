#include "observe/observation.hpp"

#include <thread>

#include <gtest/gtest.h>

namespace nem12::loader {
namespace {

using namespace std::chrono_literals;

TEST(Observation, a_thread_that_sleeps_as_long_as_it_said_is_not_stalled) {
    Observation observation(50ms);
    observation.beat("merge", 60s);
    observation.beat("intake", 0ms);
    std::this_thread::sleep_for(100ms);
    EXPECT_EQ(observation.heartbeats.stalled(), std::vector<std::string>{"intake"});
    observation.beat("merge", 0ms); // after a reload with another period
    observation.beat("intake", 60s);
    std::this_thread::sleep_for(100ms);
    EXPECT_EQ(observation.heartbeats.stalled(), std::vector<std::string>{"merge"});
}

TEST(Observation, files_in_hand_are_counted_where_they_are_held) {
    Observation observation(1s);
    observation.in_hand(+1);
    observation.claimed({});
    EXPECT_EQ(observation.busy(), 1);
    observation.in_hand(-1); // and nothing was said of its end
    EXPECT_EQ(observation.busy(), 0);
}

} // namespace
} // namespace nem12::loader

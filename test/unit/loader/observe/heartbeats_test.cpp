#include "observe/heartbeats.hpp"

#include <thread>

#include <gtest/gtest.h>

namespace nem12::loader {
namespace {

TEST(Heartbeats, NameWhoIsSilentTooLong) {
    Heartbeats heartbeats;
    Heartbeat &silent = heartbeats.add("silent", std::chrono::seconds(0));
    heartbeats.add("patient", std::chrono::seconds(60));
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    EXPECT_EQ(heartbeats.stalled(), std::vector<std::string>{"silent"});
    silent.retire();
    EXPECT_TRUE(heartbeats.stalled().empty());
}

} // namespace
} // namespace nem12::loader

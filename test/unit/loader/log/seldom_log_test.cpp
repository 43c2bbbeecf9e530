#include "log/seldom_log.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace nem12::loader {
namespace {

using namespace std::chrono_literals;

TEST(SeldomLogTest, says_a_trouble_once_a_minute_and_how_often_it_was_silent) {
    SeldomLog log;
    SeldomLog::Clock::time_point start{};
    ::testing::internal::CaptureStderr();
    for (int i = 0; i < 100; ++i)
        log.say(LogLevel::kError, "intake_failed", "text", "a.csv", "disk full", start + i * 1s);
    log.say(LogLevel::kError, "other", "text", "a.csv", "disk full", start);
    std::string said = ::testing::internal::GetCapturedStderr();
    size_t lines = static_cast<size_t>(std::count(said.begin(), said.end(), '\n'));
    EXPECT_EQ(lines, 3u) << said;
    EXPECT_NE(said.find("repeated=59"), std::string::npos) << said;
}

} // namespace
} // namespace nem12::loader

#include "commands/progress_bar.hpp"

#include <gtest/gtest.h>

namespace nem12::loader {
namespace {

TEST(ProgressBar, ShowsShareRateAndTimeLeft) {
    EXPECT_EQ(progress_line(500, 1000, 2'000'000, "readings", 2.0),
              "[###############...............] 50 %  2,000,000 readings  (1,000,000/s)  eta 3 s");
    EXPECT_EQ(progress_line(1000, 1000, 10, "readings", 1.0), "[##############################] 100 %  10 readings  (10/s)");
    EXPECT_EQ(progress_line(0, 0, 0, "bytes", 0.0), "[##############################] 100 %  0 bytes  (0/s)");
    EXPECT_EQ(progress_line(7, -1, 2'000, "bytes", 2.0), "2,000 bytes  (1,000/s)");
    EXPECT_EQ(progress_line(5000, 1000, 10, "readings", 1.0).substr(0, 38), "[##############################] 100 %");
}

} // namespace
} // namespace nem12::loader

#include "load/pause.hpp"

#include <gtest/gtest.h>

#include "loader/support/child_process.hpp"

namespace nem12::loader {
namespace {

TEST(Pause, lets_one_try_now_and_then) {
    Pause pause;
    EXPECT_TRUE(pause.allows());
    EXPECT_TRUE(pause.begin("permission denied"));
    EXPECT_FALSE(pause.begin("permission denied")) << "told once";
    EXPECT_EQ(pause.reason(), "permission denied");
    EXPECT_FALSE(pause.allows());
    ASSERT_TRUE(test::eventually([&] { return pause.allows(); }));
    EXPECT_FALSE(pause.allows()) << "one at a time";
    EXPECT_TRUE(pause.end());
    EXPECT_FALSE(pause.end());
    EXPECT_TRUE(pause.allows());
}

} // namespace
} // namespace nem12::loader

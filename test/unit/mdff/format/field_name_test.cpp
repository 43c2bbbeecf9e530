#include "mdff/field_name.hpp"

#include <gtest/gtest.h>

namespace mdff {
namespace {

TEST(FieldName, IsThatOfTheStandard) {
    EXPECT_EQ(field_name(100, 2), "DateTime");
    EXPECT_EQ(field_name(200, 8), "IntervalLength");
    EXPECT_EQ(field_name(300, 1), "IntervalDate");
    EXPECT_EQ(field_name(300, 40), "");
    EXPECT_EQ(field_name(250, 22), "MSATSLoadDateTime");
    EXPECT_EQ(field_name(550, 4), "CurrentRetServiceOrder");
    EXPECT_EQ(field_name(500, 99), "");
    EXPECT_EQ(field_name(0, -1), "");
}

} // namespace
} // namespace mdff

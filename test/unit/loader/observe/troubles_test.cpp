#include "observe/troubles.hpp"

#include <gtest/gtest.h>

namespace nem12::loader {
namespace {

TEST(Troubles, HoldTheReasonUntilTheComponentIsWell) {
    Troubles troubles;
    EXPECT_TRUE(troubles.all().empty());
    troubles.set("redis", "connection to redis://:secret@host refused");
    troubles.set("database", "circuit breaker is open");
    EXPECT_EQ(troubles.all().at("redis"), "connection to redis://:***@host refused");
    troubles.set("redis", "");
    EXPECT_EQ(troubles.all().size(), 1U);
    troubles.set("never", "");
    EXPECT_EQ(troubles.all().size(), 1U);
}

} // namespace
} // namespace nem12::loader

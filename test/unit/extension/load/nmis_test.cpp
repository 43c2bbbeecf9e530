#include <gtest/gtest.h>

#include <string>

#include "load/nmis.hpp"

namespace nem12::load {
namespace {

TEST(NmiList, OrderAndRepetitions) {
    NmiList list{};
    for (const char *nmi : {"4000000003", "4000000003", "4000000001", "4000000003", "1", "4000000001"})
        list.add(nmi);
    list.close();
    ASSERT_TRUE(list.is_complete());
    ASSERT_EQ(list.count(), 3);
    EXPECT_EQ(list[0].view(), "1");
    EXPECT_EQ(list[1].view(), "4000000001");
    EXPECT_EQ(list[2].view(), "4000000003");
}

TEST(NmiList, Empty) {
    NmiList list{};
    list.close();
    EXPECT_TRUE(list.is_complete());
    EXPECT_EQ(list.count(), 0);
}

// A file that goes through all its NMIs day by day: as many as there are, however often they come.
TEST(NmiList, AsManyAsAllowedAgainAndAgain) {
    NmiList list{};
    for (int day = 0; day < 5; ++day) {
        for (int i = 0; i < NmiList::kMost; ++i)
            list.add(std::to_string(4'000'000'000 + i * 7919L % NmiList::kMost));
    }
    list.close();
    EXPECT_TRUE(list.is_complete());
    EXPECT_EQ(list.count(), NmiList::kMost);
    EXPECT_EQ(list[NmiList::kMost - 1].view(), "4000049999");
}

TEST(NmiList, TooMany) {
    NmiList list{};
    for (int i = 0; i < 4 * NmiList::kMost; ++i)
        list.add(std::to_string(4'000'000'000 + i));
    list.close();
    EXPECT_FALSE(list.is_complete());
    EXPECT_EQ(list.count(), 0);
}

} // namespace
} // namespace nem12::load

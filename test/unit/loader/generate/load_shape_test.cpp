#include "generate/load_shape.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>

namespace nem12::loader {
namespace {

using mdff::Date;
using mdff::kMinutesPerDay;

constexpr Date kMidsummer{19'723}; // 2024-01-01
constexpr LoadShape kShapes[] = {LoadShape::kHousehold, LoadShape::kSolarExport, LoadShape::kControlledLoad,
                                 LoadShape::kRandom};
constexpr Date kMidwinter{19'905}; // 2024-07-01

std::vector<int64_t> day(LoadShape shape, uint64_t seed, Date date, int interval_length = 5) {
    std::vector<int64_t> values(static_cast<size_t>(kMinutesPerDay / interval_length), -1);
    fill_load_shape(shape, seed, date, interval_length, values);
    return values;
}

int64_t sum(const std::vector<int64_t> &values) { return std::accumulate(values.begin(), values.end(), int64_t{0}); }

TEST(LoadShape, IsAFunctionOfItsArguments) {
    for (const LoadShape shape : kShapes) {
        EXPECT_EQ(day(shape, 1, kMidsummer), day(shape, 1, kMidsummer));
        EXPECT_NE(day(shape, 1, kMidsummer), day(shape, 2, kMidsummer));
        EXPECT_NE(day(shape, 1, kMidsummer), day(shape, 1, kMidwinter));
    }
    const std::vector<int64_t> values = day(LoadShape::kRandom, 1, kMidsummer);
    EXPECT_EQ((std::vector<int64_t>(values.begin(), values.begin() + 4)), (std::vector<int64_t>{2214, 2256, 518, 1283}));
}

TEST(LoadShape, IsNeverNegativeWhateverTheDate) {
    for (const LoadShape shape : kShapes) {
        for (int32_t days = -800'000; days < 3'000'000; days += 1'237) {
            const std::vector<int64_t> values = day(shape, static_cast<uint64_t>(days), Date{days});
            EXPECT_GE(*std::min_element(values.begin(), values.end()), 0);
            EXPECT_LE(*std::max_element(values.begin(), values.end()), 2'500);
        }
    }
}

TEST(LoadShape, LongerIntervalsHoldTheSameEnergy) {
    for (const LoadShape shape : {LoadShape::kHousehold, LoadShape::kSolarExport, LoadShape::kControlledLoad}) {
        EXPECT_EQ(sum(day(shape, 7, kMidsummer, 5)), sum(day(shape, 7, kMidsummer, 15)));
        EXPECT_EQ(sum(day(shape, 7, kMidsummer, 5)), sum(day(shape, 7, kMidsummer, 30)));
    }
}

TEST(LoadShape, LeavesValuesBeyondTheDayAlone) {
    std::vector<int64_t> values(50, -1);
    fill_load_shape(LoadShape::kRandom, 1, kMidsummer, 30, values);
    EXPECT_GE(values[47], 0);
    EXPECT_EQ(values[48], -1);
}

TEST(LoadShape, SolarSleepsAtNightAndWorksLongerInSummer) {
    int64_t summer = 0;
    int64_t winter = 0;
    for (uint64_t seed = 0; seed < 50; seed++) {
        const std::vector<int64_t> values = day(LoadShape::kSolarExport, seed, kMidsummer);
        EXPECT_EQ(std::count(values.begin(), values.begin() + 48, 0), 48); // before 4:00
        EXPECT_EQ(std::count(values.end() - 48, values.end(), 0), 48);     // after 20:00
        EXPECT_GT(*std::max_element(values.begin(), values.end()), 0);
        summer += sum(values);
        winter += sum(day(LoadShape::kSolarExport, seed, kMidwinter));
    }
    EXPECT_GT(summer, winter);
}

TEST(LoadShape, ControlledLoadIsOffByDay) {
    const std::vector<int64_t> values = day(LoadShape::kControlledLoad, 3, kMidsummer);
    EXPECT_GT(values.front(), 100);
    EXPECT_GT(values.back(), 100);
    EXPECT_EQ(std::count(values.begin() + 60, values.end() - 24, 0), 204); // 5:00 to 22:00
}

TEST(LoadShape, HouseholdsUseAPlausibleAmount) {
    int64_t total = 0;
    for (uint64_t seed = 0; seed < 100; seed++) {
        total += sum(day(LoadShape::kHousehold, seed, kMidwinter));
    }
    EXPECT_GT(total / 100, 8'000); // Wh a day
    EXPECT_LT(total / 100, 40'000);
}

} // namespace
} // namespace nem12::loader

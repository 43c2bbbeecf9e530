#include "mdff/storage/day_quality.hpp"

#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mdff {
namespace {

std::string quality_text(const Quality &quality) {
    std::array<char, kMaxQualityText> out;
    return {out.data(), format_quality(quality, out)};
}

std::string events_text(const std::vector<IntervalEvent> &events) {
    std::string out(max_events_text(events.size()), '\0');
    out.resize(format_events(events, out));
    return out;
}

std::string runs_text(std::string_view quality, std::string_view events, int interval_count) {
    std::string text;
    QualityRuns runs(quality, events, interval_count);
    for (IntervalEvent run; runs.next(run);) {
        text += std::to_string(run.start_interval) + "-" + std::to_string(run.end_interval) + " ";
        text += quality_text(run.quality) + "; ";
    }
    return text;
}

TEST(DayQuality, FormatsInTheNotationOfTheFormat) {
    EXPECT_EQ(quality_text({"A", kNoReason, {}}), "A");
    EXPECT_EQ(quality_text({"S52", 76, {}}), "S52,76");
    EXPECT_EQ(quality_text({"F14", 0, "free text"}), "F14,0,free text");
    EXPECT_EQ(quality_text({"A", kNoReason, "text alone"}), "A,,text alone");
}

TEST(DayQuality, ParsesWhatItFormats) {
    const std::string longest(kMaxDescription, 'x');
    for (const Quality &quality :
         {Quality{"A", kNoReason, {}}, Quality{"S52", 76, {}}, Quality{"F14", 0, "free text"},
          Quality{"A", kNoReason, "text alone"}, Quality{"E64", 999, "with, a comma"}, Quality{"S52", 0, longest}}) {
        const std::string text = quality_text(quality);
        ASSERT_FALSE(text.empty());
        Quality parsed;
        ASSERT_TRUE(parse_quality(text, parsed)) << text;
        EXPECT_EQ(parsed.method, quality.method);
        EXPECT_EQ(parsed.reason_code, quality.reason_code);
        EXPECT_EQ(parsed.reason_description, quality.reason_description);
    }
}

TEST(DayQuality, RefusesWhatIsNoQuality) {
    Quality parsed;
    EXPECT_FALSE(parse_quality("", parsed));
    EXPECT_FALSE(parse_quality(",76", parsed));
    EXPECT_FALSE(parse_quality("S52,x", parsed));
    EXPECT_FALSE(parse_quality("S52,-1", parsed));
    EXPECT_FALSE(parse_quality("S52,7 ", parsed));
    EXPECT_FALSE(parse_quality("S52,1000", parsed));
}

TEST(DayQuality, WritesNothingWhenTheRoomIsTooSmall) {
    std::array<char, 5> out;
    EXPECT_EQ(format_quality({"S52", 76, {}}, out), 0U);
    EXPECT_EQ(format_quality({"S52", 6, {}}, out), 5U);
}

TEST(DayQuality, FormatsEventsOneALine) {
    EXPECT_EQ(events_text({}), "");
    EXPECT_EQ(events_text({{1, 20, {"F14", 76, {}}}, {21, 48, {"A", kNoReason, {}}}}), "1,20,F14,76\n21,48,A");
    const std::string longest(kMaxDescription, 'x');
    const std::vector<IntervalEvent> most(288, {288, 288, {"S52", 999, longest}});
    EXPECT_EQ(events_text(most).size(), 288 * (8 + 8 + 240) + 287U);
}

TEST(DayQuality, RunsCoverTheDay) {
    EXPECT_EQ(runs_text("A", "", 48), "1-48 A; ");
    EXPECT_EQ(runs_text("V", "1,20,F14,76\n21,48,A", 48), "1-20 F14,76; 21-48 A; ");
    EXPECT_EQ(runs_text("A", "5,5,A,89,power off\n20,48,A,79", 48), "1-4 A; 5-5 A,89,power off; 6-19 A; 20-48 A,79; ");
    EXPECT_EQ(runs_text("S52,0,a", "1,1,A\n48,48,E64", 48), "1-1 A; 2-47 S52,0,a; 48-48 E64; ");
}

TEST(DayQuality, RunsEndAtTextThatCannotBeRead) {
    EXPECT_EQ(runs_text("", "", 48), "");
    EXPECT_EQ(runs_text("V", "1,20,A\nnonsense", 48), "1-20 A; ");
    EXPECT_EQ(runs_text("V", "1,20,A\n20,48,A", 48), "1-20 A; "); // overlaps
    EXPECT_EQ(runs_text("V", "1,49,A", 48), "");
    EXPECT_EQ(runs_text("V", "9,8,A", 48), "");
    EXPECT_EQ(runs_text("V", "1,48,", 48), "");
}

} // namespace
} // namespace mdff

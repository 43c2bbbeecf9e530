#include "mdff/writer.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "mdff/parser.hpp"

namespace mdff {
namespace {

Date date(int year, int month, int day) { return date_from_civil({year, month, day}); }

DateTime at(Date day, int hour, int minute, int second) { return {start_of(day).seconds + hour * 3600 + minute * 60 + second}; }

// What `write` puts into a buffer of ample room; also checks that one character less makes it write nothing.
template <typename Write>
std::string written(Write &&write) {
    std::vector<char> buffer(kMaxDayText);
    Writer writer(buffer);
    EXPECT_TRUE(write(writer));
    std::string text(writer.written());

    std::vector<char> exact(text.size());
    Writer fitting(exact);
    EXPECT_TRUE(write(fitting));
    EXPECT_EQ(fitting.written(), text);
    for (size_t size = 0; size < text.size(); size++) {
        std::vector<char> small(size);
        Writer cramped(small);
        EXPECT_FALSE(write(cramped)) << size;
        EXPECT_EQ(cramped.written(), "");
    }
    return text;
}

TEST(Writer, Header) {
    const Header header{Version::kNem12, at(date(2004, 5, 1), 1, 36, 0), "MDP1", "RETAILER1", 1, false};
    EXPECT_EQ(written([&](Writer &writer) { return writer.header(header); }), "100,NEM12,200405010136,MDP1,RETAILER1\r\n");
    const Header bare{Version::kNem13, kNoDateTime, {}, {}, 1, true};
    EXPECT_EQ(written([&](Writer &writer) { return writer.header(bare); }), "100,NEM13,,,\r\n");
}

TEST(Writer, Channel) {
    const ChannelDetails channel{"VABD000163", "E1Q1", "1", "E1", "N1", "METSER123", "kWh", 30, date(2004, 1, 20), 2};
    EXPECT_EQ(written([&](Writer &writer) { return writer.channel(channel); }),
              "200,VABD000163,E1Q1,1,E1,N1,METSER123,kWh,30,20040120\r\n");
    const ChannelDetails bare{"VABD000163", "E1", {}, "E1", {}, {}, "kWh", 5, kNoDate, 2};
    EXPECT_EQ(written([&](Writer &writer) { return writer.channel(bare); }), "200,VABD000163,E1,,E1,,,kWh,5,\r\n");
}

TEST(Writer, Day) {
    std::vector<int64_t> values(48, 0);
    values[0] = 1234;
    values[1] = 5;
    const std::vector<IntervalEvent> events = {{1, 20, {"F14", 76, {}}}, {21, 48, {"A", kNoReason, {}}}};
    const DateTime updated = at(date(2004, 2, 2), 12, 0, 25);
    IntervalDay day{date(2004, 2, 1), 30, values, 3, {"A", kNoReason, {}}, updated, at(date(2004, 2, 2), 14, 22, 16), {}, 3};
    std::string zeros;
    for (int i = 0; i < 46; i++) {
        zeros += ",0.000";
    }
    EXPECT_EQ(written([&](Writer &writer) { return writer.day(day); }),
              "300,20040201,1.234,0.005" + zeros + ",A,,,20040202120025,20040202142216\r\n");
    day.quality = {"V", kNoReason, {}};
    day.msats_loaded = kNoDateTime;
    day.events = events;
    EXPECT_EQ(written([&](Writer &writer) { return writer.day(day); }),
              "300,20040201,1.234,0.005" + zeros + ",V,,,20040202120025,\r\n400,1,20,F14,76,\r\n400,21,48,A,,\r\n");
    day.quality = {"S52", 0, "meter under water"};
    day.updated = kNoDateTime;
    day.events = {};
    EXPECT_EQ(written([&](Writer &writer) { return writer.day(day); }),
              "300,20040201,1.234,0.005" + zeros + ",S52,0,meter under water,,\r\n");
}

TEST(Writer, DescriptionThatNeedsQuotes) {
    const int64_t values[] = {1};
    IntervalDay day{date(2004, 2, 1), 1440, values, 0, {"S52", 0, "read by \"hand\", twice"}, kNoDateTime, kNoDateTime, {}, 3};
    EXPECT_EQ(written([&](Writer &writer) { return writer.day(day); }),
              "300,20040201,1,S52,0,\"read by \"\"hand\"\", twice\",,\r\n");
}

TEST(Writer, GreatestDayFitsItsRoom) {
    const std::vector<int64_t> values(kMaxIntervals, -kMaxMantissa);
    const std::string description(kMaxDescription, 'x');
    std::vector<IntervalEvent> events(kMaxIntervals, {288, 288, {"S52", 999, description}});
    const DateTime last = at(date(9999, 12, 31), 23, 59, 59);
    const IntervalDay day{date(9999, 12, 31), 5, values, kMaxScale, {"S52", 999, description}, last, last, events, 3};
    std::vector<char> buffer(kMaxDayText);
    Writer writer(buffer);
    EXPECT_TRUE(writer.day(day));
    EXPECT_EQ(std::count(buffer.begin(), buffer.end(), '\n'), 289);
}

TEST(Writer, B2b) {
    const B2bDetails b2b{date(2004, 2, 1), "S", "RETNSRVCEORD1", at(date(2003, 12, 20), 15, 45, 0), "001123.5", 4};
    EXPECT_EQ(written([&](Writer &writer) { return writer.b2b(b2b); }), "500,S,RETNSRVCEORD1,20031220154500,001123.5\r\n");
    const B2bDetails bare{date(2004, 2, 1), "E", {}, kNoDateTime, {}, 4};
    EXPECT_EQ(written([&](Writer &writer) { return writer.b2b(bare); }), "500,E,,,\r\n");
}

TEST(Writer, Accumulation) {
    AccumulationRead read{"VABD000163",
                          "1141",
                          "01",
                          "11",
                          "11",
                          "METSER66",
                          "E",
                          {"000021.2", at(date(2003, 10, 1), 10, 32, 30), {"A", kNoReason, {}}},
                          {"000534.5", at(date(2004, 2, 1), 10, 30, 30), {"E64", 77, {}}},
                          {3435, 1},
                          "kWh",
                          date(2004, 5, 9),
                          at(date(2004, 2, 2), 12, 50, 10),
                          at(date(2004, 2, 2), 13, 0, 10),
                          2};
    EXPECT_EQ(written([&](Writer &writer) { return writer.accumulation(read); }),
              "250,VABD000163,1141,01,11,11,METSER66,E,000021.2,20031001103230,A,,,000534.5,20040201103030,E64,77,,343.5,kWh,"
              "20040509,20040202125010,20040202130010\r\n");
    read.next_scheduled_read = kNoDate;
    read.msats_loaded = kNoDateTime;
    const std::string text = written([&](Writer &writer) { return writer.accumulation(read); });
    EXPECT_EQ(text.substr(text.find("kWh")), "kWh,,20040202125010,\r\n");
    EXPECT_EQ(std::count(text.begin(), text.end(), ','), 22);
}

TEST(Writer, AccumulationB2b) {
    const AccumulationB2b b2b{"N", {}, "A", "ORDER7", 3};
    EXPECT_EQ(written([&](Writer &writer) { return writer.accumulation_b2b(b2b); }), "550,N,,A,ORDER7\r\n");
    const AccumulationB2b bare{"N", {}, "N", {}, 3};
    EXPECT_EQ(written([&](Writer &writer) { return writer.accumulation_b2b(bare); }), "550,N,,N,\r\n");
}

TEST(Writer, RecordsFollowEachOther) {
    std::vector<char> buffer(24);
    Writer writer(buffer);
    EXPECT_TRUE(writer.end());
    EXPECT_FALSE(writer.header({Version::kNem12, kNoDateTime, "A LONG NAME", "ANOTHER", 1, false}));
    EXPECT_TRUE(writer.accumulation_b2b({"N", {}, "N", {}, 1}));
    EXPECT_EQ(writer.written(), "900\r\n550,N,,N,\r\n");
    writer.clear();
    EXPECT_EQ(writer.written(), "");
}

// Everything the parser hands out of `text`, written again.
std::string rewritten(std::string_view text) {
    const auto parser = std::make_unique<Parser>(ParserOptions{});
    std::vector<char> buffer(4 * kMaxDayText);
    Writer writer(buffer);
    parser->push(text);
    bool finished = false;
    for (;;) {
        bool fits = true;
        switch (parser->next()) {
        case Event::kNeedInput:
            EXPECT_FALSE(finished);
            parser->finish();
            finished = true;
            break;
        case Event::kFinding:
            ADD_FAILURE() << "line " << parser->finding().line << ": " << rule_info(parser->finding().rule).code;
            break;
        case Event::kHeader: fits = writer.header(parser->header()); break;
        case Event::kChannel: fits = writer.channel(parser->channel()); break;
        case Event::kDay: fits = writer.day(parser->day()); break;
        case Event::kB2bDetails: fits = writer.b2b(parser->b2b()); break;
        case Event::kAccumulationRead: fits = writer.accumulation(parser->accumulation()); break;
        case Event::kAccumulationB2b: fits = writer.accumulation_b2b(parser->accumulation_b2b()); break;
        case Event::kEndOfBlock: fits = writer.end(); break;
        case Event::kEndOfInput: return std::string(writer.written());
        }
        EXPECT_TRUE(fits);
    }
}

TEST(Writer, UndoesTheParserForIntervalData) {
    std::string values;
    for (int i = 0; i < 48; i++) {
        values += i == 20 ? ",1.234" : ",0.050";
    }
    const std::string text = "100,NEM12,200405010136,MDP1,RETAILER1\r\n"
                             "200,VABD000163,E1Q1,1,E1,N1,METSER123,kWh,30,20040120\r\n"
                             "300,20040201" +
                             values +
                             ",A,,,20040202120025,20040202142516\r\n"
                             "300,20040202" +
                             values +
                             ",V,,,20040203120025,\r\n"
                             "400,1,20,F14,76,\r\n"
                             "400,21,48,A,,\r\n"
                             "300,20040203" +
                             values +
                             ",S52,0,meter under water,20040204120025,\r\n"
                             "500,S,RETNSRVCEORD1,20040203154500,001123.5\r\n"
                             "900\r\n";
    EXPECT_EQ(rewritten(text), text);
}

TEST(Writer, UndoesTheParserForAccumulationData) {
    const std::string text = "100,NEM13,200402021301,MDP1,RETAILER1\r\n"
                             "250,VABD000163,1141,01,11,11,METSER66,E,000021.2,20031001103230,A,,,000534.5,"
                             "20040201103030,S62,77,,513.3,kWh,20040509,20040202125010,20040202130010\r\n"
                             "550,N,,A,ORDER7\r\n"
                             "900\r\n";
    EXPECT_EQ(rewritten(text), text);
}

} // namespace
} // namespace mdff

#include "mdff/parser.hpp"

#include <gtest/gtest.h>

#include <random>

#include "parse_support.hpp"

namespace mdff {
namespace {

using namespace test;

// Every kind of record, several findings, and lines both long and short.
const std::string &mixed_file() {
    static const std::string kFile = expand("{BOM}{H}\n{C}\n{D}\n500,N,,20240401000001,0012.5\n"
                                            "300,20240402{48},V,,,20240403000000,\n400,1,20,F14,76,\n400,21,48,A,,\n"
                                            "300,20240403{47}{T}\n400,1,48,A,,\n\n"
                                            "{C}{LF}\n300,20240401{47},-.5,S14,0,free text,,\n500,X,,,\n900\n"
                                            "{A}\n{R}\n550,N,,A,ORDER1\n700,what\n900{NOEOL}\n");
    return kFile;
}

TEST(Parser, HandsOutTheSameWhereverChunksAreCut) {
    for (const Dialect dialect : {Dialect::kStrict, Dialect::kTolerant}) {
        const Parsed whole = parse(mixed_file(), dialect);
        EXPECT_GT(whole.findings.size(), 5U);
        for (const size_t chunk : {1, 7, 64, 1000}) {
            const Parsed cut = parse(mixed_file(), ParserOptions{.dialect = dialect}, chunk);
            EXPECT_EQ(cut.events, whole.events) << "chunks of " << chunk;
            EXPECT_EQ(cut.counts.readings, whole.counts.readings);
            EXPECT_EQ(cut.counts.bytes, mixed_file().size());
        }
    }
}

TEST(Parser, HandsOutADayWithItsEvents) {
    const Parsed parsed = parse(
        expand(
            "{H}\n{C}\n300,20240401{48},V,,,20240402000102,20240402030405\n400,1,20,F14,76,\n400,21,48,S52,0,free text\n900\n"),
        Dialect::kStrict);
    ASSERT_TRUE(parsed.findings.empty());
    ASSERT_EQ(parsed.events.size(), 4U);
    EXPECT_EQ(parsed.events[0], "header|NEM12|1714521600|MDP1|RET1|1||");
    EXPECT_EQ(parsed.events[1], "channel|NEM1201006|E1B1|1|E1|N1|METER1|kWh|30|19875|2|");
    EXPECT_TRUE(parsed.events[2].starts_with("day 19814 V/-1/ 1712016062 1712027045 line 3: 1.100 1.101 1.102"));
    EXPECT_TRUE(parsed.events[2].ends_with(" 1.146 9.999; 1-20 F14/76/; 21-48 S52/0/free text")) << parsed.events[2];
    EXPECT_EQ(parsed.events[3], "end of block");
    EXPECT_EQ(parsed.counts.days, 1U);
    EXPECT_EQ(parsed.counts.events, 2U);
    EXPECT_EQ(parsed.counts.readings, 48U);
}

TEST(Parser, HandsOutAccumulationReads) {
    const Parsed parsed = parse(expand("{A}\n{R}\n550,N,,A,ORDER1\n900\n"), Dialect::kStrict);
    ASSERT_EQ(parsed.events.size(), 4U);
    EXPECT_EQ(parsed.events[1],
              "accumulation|NEM1301009|11|E|000.5|1704067201|A/-1/|010.5|1711929601|A/-1/|100|1|kWh|-2147483648|"
              "1712016000|");
    EXPECT_EQ(parsed.events[2], "accumulation b2b|N||A|ORDER1|");
}

TEST(Parser, UsesTheSmallestScale) {
    const Parsed parsed = parse(expand("{H}\n{C}\n300,20240401" +
                                       [] {
                                           std::string values;
                                           for (int i = 0; i < 24; ++i)
                                               values += ",1.500,2.25";
                                           return values;
                                       }() +
                                       "{T}\n900\n"),
                                Dialect::kStrict);
    ASSERT_EQ(parsed.events.size(), 4U);
    EXPECT_NE(parsed.events[2].find(": 1.50 2.25 1.50"), std::string::npos) << parsed.events[2];
}

TEST(Parser, ABadRecordCostsWhatBelongsToIt) {
    // A 300: its 400s and 500s too, the days around it stay.
    Parsed parsed = parse(expand("{H}\n{C}\n{D}\n300,20240402{47},x,V,,,20240403000000,\n400,1,48,A,,\n500,N,,20240402000001,\n"
                                 "300,20240403{48}{T}\n900\n"),
                          Dialect::kStrict);
    EXPECT_EQ(parsed.counts.days, 2U);
    EXPECT_EQ(parsed.counts.b2b_details, 0U);
    EXPECT_EQ(parsed.counts.refused_records, 3U);
    EXPECT_EQ(parsed.counts.errors, 1U);
    EXPECT_FALSE(parsed.counts.file_refused);

    // A 200: all its days, without a finding for each.
    parsed = parse(
        expand(
            "{H}\n200,NEM1201006,E2,1,E1,N1,METER1,kWh,30,\n{D}\n300,20240402{48}{T}\n500,N,,20240402000001,\n{C}\n{D}\n900\n"),
        Dialect::kStrict);
    EXPECT_EQ(parsed.counts.errors, 1U);
    EXPECT_EQ(parsed.counts.days, 1U);
    EXPECT_EQ(parsed.counts.refused_records, 4U);

    // A 400: its day. A 500: itself.
    parsed = parse(expand("{H}\n{C}\n300,20240401{48},V,,,20240403000000,\n400,1,47,A,,\n400,48,48,Q,,\n"
                          "300,20240402{48}{T}\n500,Z,,,\n500,N,,,\n900\n"),
                   Dialect::kStrict);
    EXPECT_EQ(parsed.counts.days, 1U);
    EXPECT_EQ(parsed.counts.b2b_details, 1U);
    EXPECT_EQ(parsed.counts.refused_records, 4U);
}

TEST(Parser, FindsTheDayOfA500) {
    const Parsed parsed = parse(expand("{H}\n{C}\n{D}\n300,20240402{48}{T}\n300,20240403{47},x{T}\n"
                                       "500,N,,20240401093000,\n" // by its date, though it follows another day
                                       "500,N,,20240403000002,\n" // of the refused day
                                       "500,N,,20240404000002,\n" // ends the refused day
                                       "500,N,,20240405120000,\n" // no day has it: the preceding one, refused
                                       "{C}\n{D}\n500,N,,20240402000002,\n500,N,,20240402000102,\n500,N,,,\n900\n"),
                                Dialect::kStrict);
    std::vector<std::string> found;
    for (const std::string &event : parsed.events) {
        if (event.starts_with("b2b"))
            found.push_back(event.substr(4, 5));
    }
    const std::string first_of_april = "19814";
    EXPECT_EQ(found, std::vector<std::string>(4, first_of_april));
    EXPECT_EQ(parsed.counts.refused_records, 4U);
}

TEST(Parser, TolerantTakesWhatOthersSend) {
    // 11-character NMI, no header, quotes, a 300 cut after its quality, negative values, no 900.
    const Parsed parsed =
        parse(expand("200,\"NEM12010063\",E1B1,1,E1,N1,METER1,kWh,30\n300,20240401{47},-1.5,A\n"), Dialect::kTolerant);
    EXPECT_EQ(parsed.counts.errors, 0U);
    EXPECT_EQ(parsed.counts.days, 1U);
    ASSERT_EQ(parsed.events.size(), 3 + parsed.findings.size());
    EXPECT_TRUE(parsed.events[1].starts_with("header|NEM12|-9223372036854775808|||1|assumed|")) << parsed.events[1];
    EXPECT_TRUE(std::any_of(parsed.events.begin(), parsed.events.end(),
                            [](const std::string &event) { return event.starts_with("channel|NEM1201006|"); }));
}

TEST(Parser, NormalisesLowerCaseKeys) {
    const Parsed parsed = parse(expand("{H}\n200,nem1201006,e1B1,1,e1,N1,METER1,kWh,30,\n{D}\n900\n"), Dialect::kStrict);
    EXPECT_EQ(parsed.counts.errors, 0U);
    EXPECT_EQ(parsed.findings.size(), 3U);
    EXPECT_TRUE(std::any_of(parsed.events.begin(), parsed.events.end(),
                            [](const std::string &event) { return event.starts_with("channel|NEM1201006|E1B1|1|E1|"); }));
}

TEST(Parser, CountsFindingsBeyondTheLimit) {
    const std::string file = expand("{H}\n{C}\n{D}\n") + [] {
        std::string lines;
        for (int i = 0; i < 5000; ++i)
            lines += "garbage\r\n";
        return lines;
    }();
    const Parsed parsed = parse(file, ParserOptions{.dialect = Dialect::kStrict, .max_findings = 10});
    EXPECT_EQ(parsed.findings.size(), 10U);
    EXPECT_EQ(parsed.counts.errors, 5001U);
}

TEST(Parser, HoldsABoundedNumberOfFindingsOfOneRecord) {
    std::string values;
    for (int i = 0; i < 48; ++i)
        values += ",x" + std::to_string(i);
    std::string five_minutes;
    for (int i = 0; i < 6; ++i)
        five_minutes += values;
    const Parsed parsed = parse(
        expand("{H}\n200,NEM1201006,E1B1,1,E1,N1,METER1,kWh,5,\n300,20240401" + five_minutes + "{T}\n900\n"), Dialect::kStrict);
    EXPECT_EQ(parsed.findings.size(), static_cast<size_t>(kMaxFindingsPerRecord));
    EXPECT_EQ(parsed.counts.errors, 288U);
}

TEST(Parser, SurvivesRandomChanges) {
    std::mt19937 random(7);
    const auto pick = [&random](size_t below) { return static_cast<size_t>(random() % below); };
    const std::string_view interesting = ",\n\r\"- .0459AVENSX\0\xFF\xC3";
    for (int round = 0; round < 3000; ++round) {
        std::string file = mixed_file();
        for (size_t change = 0; change <= pick(8); ++change) {
            const size_t at = pick(file.size());
            switch (pick(4)) {
            case 0: file[at] = interesting[pick(interesting.size())]; break;
            case 1: file.erase(at, pick(40)); break;
            case 2: file.insert(at, file.substr(pick(file.size()), pick(60))); break;
            default: file[at] = static_cast<char>(random()); break;
            }
        }
        const Dialect dialect = pick(2) == 0 ? Dialect::kStrict : Dialect::kTolerant;
        const Parsed whole = parse(file, dialect);
        const Parsed cut = parse(file, ParserOptions{.dialect = dialect}, 1 + pick(300));
        ASSERT_EQ(cut.events, whole.events) << "round " << round;
        ASSERT_EQ(whole.counts.days * 48, whole.counts.readings);
        ASSERT_LE(whole.findings.size(), whole.counts.errors + whole.counts.warnings);
    }
}

} // namespace
} // namespace mdff

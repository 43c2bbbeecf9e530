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

// "line code, ..." of the errors.
std::string errors_of(const Parsed &parsed) {
    std::string text;
    for (const Found &found : parsed.findings) {
        if (found.severity == Severity::kError)
            text += (text.empty() ? "" : ", ") + std::to_string(found.line) + " " + found.code;
    }
    return text;
}

TEST(Parser, ABadRecordCostsWhatBelongsToIt) {
    // A 300: its 400s and 500s too, the days around it stay.
    Parsed parsed = parse(expand("{H}\n{C}\n{D}\n300,20240402{47},x,V,,,20240403000000,\n400,1,48,A,,\n500,N,,20240402000001,\n"
                                 "300,20240403{48}{T}\n900\n"),
                          Dialect::kStrict);
    EXPECT_EQ(parsed.counts.days, 2U);
    EXPECT_EQ(parsed.counts.b2b_details, 0U);
    EXPECT_EQ(parsed.counts.refused_records, 3U);
    EXPECT_EQ(errors_of(parsed), "4 value_not_numeric, 5 parent_refused, 6 parent_refused");
    EXPECT_FALSE(parsed.counts.file_refused);

    // A 200: all its days, with a finding for each.
    parsed = parse(
        expand(
            "{H}\n200,NEM1201006,E2,1,E1,N1,METER1,kWh,30,\n{D}\n300,20240402{48}{T}\n500,N,,20240402000001,\n{C}\n{D}\n900\n"),
        Dialect::kStrict);
    EXPECT_EQ(errors_of(parsed), "2 suffix_not_configured, 3 parent_refused, 4 parent_refused, 5 parent_refused");
    EXPECT_EQ(parsed.counts.days, 1U);
    EXPECT_EQ(parsed.counts.refused_records, 4U);

    // A 400: its day. A 500: itself.
    parsed = parse(expand("{H}\n{C}\n300,20240401{48},V,,,20240403000000,\n400,1,47,A,,\n400,48,48,Q,,\n"
                          "300,20240402{48}{T}\n500,Z,,,\n500,N,,,\n900\n"),
                   Dialect::kStrict);
    EXPECT_EQ(parsed.counts.days, 1U);
    EXPECT_EQ(parsed.counts.b2b_details, 1U);
    EXPECT_EQ(parsed.counts.refused_records, 4U);
    EXPECT_EQ(errors_of(parsed), "5 quality_invalid, 3 parent_refused, 4 parent_refused, 7 trans_code");
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
    const Parsed parsed = parse(file, ParserOptions{.dialect = Dialect::kStrict, .max_errors = 10, .max_warnings = 3});
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
    EXPECT_EQ(parsed.findings.size(), kMaxFindingsPerRecord + 1U); // all_days_refused
    EXPECT_EQ(parsed.counts.errors, 289U);
}

TEST(Parser, WarningsPushNoErrorOut) {
    // Of one record: more negative values than findings are kept, then a bad one.
    std::string values;
    for (int i = 0; i < 287; ++i)
        values += ",-1";
    Parsed parsed = parse(expand("{H}\n200,NEM1201006,E1B1,1,E1,N1,METER1,kWh,5,\n300,20240401" + values + ",x{T}\n900\n"),
                          Dialect::kTolerant);
    ASSERT_NE(parsed.first_error(), nullptr);
    EXPECT_EQ(parsed.first_error()->code, "value_not_numeric");
    EXPECT_EQ(parsed.counts.warnings, 287U);

    // Of a file: more warnings than are handed out, then an error.
    std::string file = "{H}\n{C}\n";
    for (int i = 0; i < 1500; ++i)
        file += "\n";
    parsed = parse(expand(file + "300,20240401{47},x{T}\n900\n"), ParserOptions{});
    ASSERT_NE(parsed.first_error(), nullptr);
    EXPECT_EQ(parsed.first_error()->code, "value_not_numeric");
    EXPECT_EQ(parsed.findings.size(), 1002U);
}

TEST(Parser, ALineNotUnderstoodEndsTheContextBeforeIt) {
    const std::string good = "{H}\n{C}\n{D}\n";
    const std::string rest = "300,20240402{48}{T}\n400,1,48,A,,\n500,N,,20240402000001,1\n{C}\n{D}\n900\n";
    for (const std::string damaged : {"2OO,NEM1201007,E1B1,1,E1,N1,METER1,kWh,30,",
                                      "2p0,NEM1201007,E1B1,1,E1,N1,METER1,kWh,30,",
                                      "201,NEM1201007",
                                      "\xC2\xA0"
                                      "200,NEM1201007,E1B1,1,E1,N1,METER1,kWh,30,",
                                      "\xEF\xBB\xBF"
                                      "200,NEM1201007,E1B1,1,E1,N1,METER1,kWh,30,",
                                      "\x01"
                                      "200,NEM1201007,E1B1,1,E1,N1,METER1,kWh,30,",
                                      "200;NEM1201007,E1B1,1,E1,N1,METER1,kWh,30,",
                                      "200 NEM1201007,E1B1,1,E1,N1,METER1,kWh,30,",
                                      "20,NEM1201007,E1B1,1,E1,N1,METER1,kWh,30,",
                                      "200.0,NEM1201007,E1B1,1,E1,N1,METER1,kWh,30,",
                                      "'200,NEM1201007,E1B1,1,E1,N1,METER1,kWh,30,",
                                      "0200,NEM1201007,E1B1,1,E1,N1,METER1,kWh,30,",
                                      "300,NEM1201007,E1B1,1,E1,N1,METER1,kWh,30,",
                                      "400,NEM1201007,E1B1,1,E1,N1,METER1,kWh,30,",
                                      "500,NEM1201007,E1B1,1,E1,N1,METER1,kWh,30,",
                                      "100,NEM1201007,E1B1,1,E1,N1,METER1,kWh,30,",
                                      "900,NEM1201007,E1B1,1,E1,N1,METER1,kWh,30,",
                                      "600,NEM1201007,E1B1,1,E1,N1,METER1,kWh,30,",
                                      "300,20240401{48},A,,,20240402000000,200,NEM1201007,E1B1,1,E1,N1,METER1,kWh,30,",
                                      "300,20240401{48},A,,\r200,NEM1201007,E1B1,1,E1,N1,METER1,kWh,30,",
                                      "<<<<<<<",
                                      "garbage"}) {
        for (const Dialect dialect : {Dialect::kStrict, Dialect::kTolerant}) {
            SCOPED_TRACE(damaged);
            const Parsed parsed = parse(expand(good + damaged + "\n" + rest), dialect);
            EXPECT_TRUE(parsed.counts.add_up());
            int first_of_april = 0, second = 0, b2b = 0;
            for (const std::string &event : parsed.events) {
                first_of_april += event.starts_with("day 19814 ") ? 1 : 0;
                second += event.starts_with("day 19815 ") ? 1 : 0;
                b2b += event.starts_with("b2b") ? 1 : 0;
            }
            EXPECT_EQ(second, 0); // it is another meter's
            EXPECT_EQ(b2b, 0);
            EXPECT_EQ(first_of_april, damaged.starts_with("400") ? 1 : 2); // a bad 400 costs its day
            for (const uint64_t line : {4, 5, 6, 7}) {
                EXPECT_TRUE(std::any_of(
                    parsed.findings.begin(), parsed.findings.end(),
                    [line](const Found &found) { return found.severity == Severity::kError && found.line == line; }))
                    << "line " << line << " has no error";
            }
        }
    }

    // 400s, 500s and 550s after one belong to nothing; whole foreign records change nothing.
    Parsed parsed =
        parse(expand("{H}\n{C}\n{D}\n3O0,20240402\n400,1,48,A,,\n500,N,,20240401000001,1\n900\n"), Dialect::kTolerant);
    EXPECT_EQ(errors_of(parsed), "4 unknown_record, 5 context_lost, 6 context_lost");
    parsed = parse(expand("{A}\n{R}\n25O,NEM1301009\n550,N,,A,\n900\n"), Dialect::kTolerant);
    EXPECT_EQ(errors_of(parsed), "3 unknown_record, 4 context_lost");
    parsed =
        parse(expand("{H}\n{C}\n610,x\n{D}\n800,x\n500,N,,20240401000001,1\n300,20240402{48}{T}\n900\n"), Dialect::kTolerant);
    EXPECT_EQ(errors_of(parsed), "");
    EXPECT_EQ(parsed.counts.days, 2U);
    EXPECT_EQ(parsed.counts.b2b_details, 1U);
}

TEST(Parser, NoBitOfAnIndicatorTurnsItsRecordIntoAForeignOne) {
    const std::string lines[] = {
        "200,NEM1201006,E1B1,1,E1,N1,METER1,kWh,30,20240601",
        "200,NEM1201006,E1V1,1,V1,,METER1,,30,", // what only the tolerant dialect takes: a unit that is none,
        "200,NEM1201006,,1,V1,,METER1,V2h,30,",  // no configuration,
        "\"200\",\"NEM1201006\",\"E1B1\",\"1\",\"E1\",\"N1\",\"METER1\",\"kWh\",\"30\",\"\"", // quotes
        "300,20240402{48}{T}",
        "300,\"20240402\"{48}{T}",
        "400,1,48,A,,",
        "500,N,,20240402000001,12",
        "250,NEM1301009,11,1,11,11,METER1,E,000.5,20240101000001,A,,,010.5,20240401000001,A,,,10.0,kWh,,20240402000000,",
        "250,NEM1301009,11,1,11,11,METER1,E,000.5,20240101000001,A,,,010.5,20240401000001,A,,,10.0,therms,,20240402000000,",
        "550,N,,A,ORDER1"};
    for (const std::string &line : lines) {
        const bool is_read = line.starts_with("250") || line.starts_with("550");
        for (int bit = 0; bit < 8 * static_cast<int>(line.find(',')); ++bit) {
            std::string damaged = line;
            damaged[static_cast<size_t>(bit / 8)] = static_cast<char>(damaged[static_cast<size_t>(bit / 8)] ^ (1 << bit % 8));
            SCOPED_TRACE(damaged.substr(0, 20));
            const std::string before = is_read ? "{A}\n{R}\n" : "{H}\n{C}\n{D}\n";
            const Parsed parsed = parse(expand(before + damaged + "\n900\n"), Dialect::kTolerant);
            EXPECT_TRUE(parsed.counts.add_up());
            EXPECT_NE(parsed.first_error(), nullptr);
        }
    }
}

TEST(Parser, AHeaderThatIsNotUnderstoodLeavesNoneBehind) {
    // Two files joined without a line end between them: the second one's creation time is unknown, not the first one's.
    const Parsed parsed =
        parse(expand("{H}\n{C}\n{D}\n900100,NEM12,202306010000,MDP1,RET1\n{C}\n{D}\n900\n"), Dialect::kTolerant);
    EXPECT_EQ(errors_of(parsed), "4 unknown_record");
    EXPECT_EQ(parsed.counts.blocks, 2U);
    EXPECT_EQ(std::count_if(parsed.events.begin(), parsed.events.end(),
                            [](const std::string &event) { return event.starts_with("header|NEM12|-9223372036854775808|"); }),
              1);
}

TEST(Parser, EveryRecordOfARefusedDayIsNamed) {
    std::string file = "{H}\n200,NEM1201006,E1B1,1,E1,N1,METER1,kWh,5,\n300,20240401";
    for (int i = 0; i < 288; ++i)
        file += ",1";
    file += ",V,,,20240402000000,\n";
    for (int i = 1; i < 288; ++i)
        file += "400," + std::to_string(i) + "," + std::to_string(i) + ",A,,\n";
    const Parsed parsed = parse(expand(file + "900\n"), Dialect::kTolerant);
    EXPECT_EQ(parsed.counts.refused_records, 288U);
    EXPECT_EQ(parsed.counts.errors, 289U); // and all_days_refused
    EXPECT_TRUE(parsed.counts.add_up());
    ASSERT_NE(parsed.first_error(), nullptr);
    EXPECT_EQ(parsed.first_error()->code, "event_gap");
    for (uint64_t line = 2; line <= 290; ++line) {
        EXPECT_EQ(std::count_if(parsed.findings.begin(), parsed.findings.end(),
                                [line](const Found &found) { return found.line == line; }),
                  1)
            << line;
    }
}

TEST(Parser, KeepsTheCommasOfQuotedTexts) {
    const Parsed parsed = parse(expand("{H}\n{C}\n300,20240401{48},S52,0,\"cut, then \"\"mended\"\"\",20240402000000,\n"
                                       "300,\"20240402\"{48},V,,,20240402000000,\n400,1,48,S52,0,\" a,b \"\n900\n"),
                                Dialect::kTolerant);
    EXPECT_EQ(errors_of(parsed), "");
    std::string days;
    for (const std::string &event : parsed.events) {
        if (event.starts_with("day"))
            days += event + "\n";
    }
    EXPECT_NE(days.find("S52/0/cut, then \"mended\" "), std::string::npos) << days;
    EXPECT_NE(days.find("S52/0/a,b\n"), std::string::npos) << days;
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
        ASSERT_TRUE(whole.counts.add_up()) << "round " << round << "\n" << file;
        ASSERT_LE(whole.findings.size(), whole.counts.errors + whole.counts.warnings);
    }
}

} // namespace
} // namespace mdff

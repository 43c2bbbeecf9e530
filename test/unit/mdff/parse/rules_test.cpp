// One smallest file for each rule: where the finding stands and how severe it is in each dialect.

#include <gtest/gtest.h>

#include <set>

#include "parse_support.hpp"

namespace mdff {
namespace {

using namespace test;

constexpr Severity W = Severity::kWarning;
constexpr Severity E = Severity::kError;

struct Case {
    std::string_view code;
    Severity strict, tolerant;
    uint64_t line;
    int record, field;
    std::string_view file;
    std::string_view others = ""; // further rules the file breaks
};

void PrintTo(const Case &one, std::ostream *out) { *out << one.code; }

// 250 with one part changed.
#define READ(register_, serial, direction, previous, previous_time, previous_quality, current_time, current_quality, quantity, \
             uom)                                                                                                              \
    "{A}\n250,NEM1301009,11," register_ ",11,11," serial "," direction "," previous "," previous_time "," previous_quality     \
    ",010.5," current_time "," current_quality "," quantity "," uom ",,20240402000000,\n900\n"
#define PREVIOUS_TIME "20240101000001"
#define CURRENT_TIME "20240401000001"

// The last 550 is one too many.
const std::string kManyB2bRecords = [] {
    std::string file = "{A}\n{R}\n";
    for (int i = 0; i < 1821; ++i)
        file += "550,N,ORDER0123456789,A,ORDER0123456789\n";
    return file + "900\n";
}();

const Case kCases[] = {
    // no MDFF
    {"not_mdff", E, E, 1, 0, -1, "<html>\n<body>Session expired</body>\n</html>\n"},
    {"not_mdff", E, E, 2, 0, -1, "\n20240401{48}\n20240402{48}\n", "blank_line"},
    {"not_mdff", E, E, 1, 0, -1, "<x>\n<y/>\n</x>\n"},
    {"asexml", E, E, 1, 0, -1, "<?xml version=\"1.0\"?>\n<ase:aseXML>\n{H}\n{C}\n{D}\n900\n"},
    // order of records
    {"empty_file", E, E, 1, 0, -1, ""},
    {"missing_header", E, W, 1, 200, -1, "{C}\n{D}\n900\n"},
    {"missing_end", E, W, 3, 0, -1, "{H}\n{C}\n{D}\n"},
    {"no_records", E, W, 2, 900, -1, "{H}\n900\n"},
    {"several_blocks", E, W, 5, 100, -1, "{H}\n{C}\n{D}\n900\n{H}\n{C}\n{D}\n900\n"},
    {"record_after_end", E, W, 5, 200, -1, "{H}\n{C}\n{D}\n900\n{C}\n{D}\n900\n"},
    {"mixed_versions", E, E, 4, 250, 0, "{H}\n{C}\n{D}\n{R}\n900\n"},
    {"unknown_record", E, W, 3, 600, 0, "{H}\n{C}\n600,x\n{D}\n900\n"}, // a whole foreign record
    {"unknown_record", E, E, 4, 0, 0, "{H}\n{C}\n{D}\n6OO,x\n{C}\n{D}\n900\n"},
    {"unknown_record", E, E, 4, 201, 0, "{H}\n{C}\n{D}\n201,x\n{C}\n{D}\n900\n"},
    {"context_lost", E, E, 5, 300, -1, "{H}\n{C}\n{D}\n2p0,x\n300,20240402{48}{T}\n900\n", "unknown_record"},
    {"parent_refused", E, E, 3, 300, -1, "{H}\n200,NEM1201006,E2,1,E1,N1,METER1,kWh,30,20240601\n{D}\n900\n",
     "suffix_not_configured"},
    {"all_days_refused", E, E, 2, 200, -1, "{H}\n{C}\n300,20240230{48}{T}\n900\n", "interval_date"},
    {"day_without_channel", E, E, 2, 300, -1, "{H}\n{D}\n900\n"},
    {"event_without_day", E, E, 3, 400, -1, "{H}\n{C}\n400,1,48,A,,\n{D}\n900\n"},
    {"event_after_b2b", E, E, 5, 400, -1, "{H}\n{C}\n{D}\n500,N,,20240401000001,\n400,1,48,A,,\n900\n"},
    {"b2b_without_day", E, E, 3, 500, -1, "{H}\n{C}\n500,N,,20240401000001,\n{D}\n900\n"},
    {"b2b_without_read", E, E, 2, 550, -1, "{A}\n550,N,,N,\n{R}\n900\n"},
    {"channel_without_days", E, W, 2, 200, -1, "{H}\n{C}\n{C}\n{D}\n900\n"},
    // 100
    {"version_unknown", E, E, 1, 100, 1, "100,NEM11,202405010000,MDP1,RET1\n{C}\n{D}\n900\n"},
    {"header_time", E, W, 1, 100, 2, "100,NEM12,2.02405E+11,MDP1,RET1\n{C}\n{D}\n900\n"},
    {"header_time_seconds", W, W, 1, 100, 2, "100,NEM12,20240501000000,MDP1,RET1\n{C}\n{D}\n900\n"},
    {"created_in_future", E, E, 1, 100, 2, "100,NEM12,203005010000,MDP1,RET1\n{C}\n{D}\n900\n"},
    {"participant_empty", W, W, 1, 100, 3, "100,NEM12,202405010000,,RET1\n{C}\n{D}\n900\n"},
    {"header_hash", E, W, 1, 100, 4, "100,NEM12,202405010000,MDP1,RE#T1\n{C}\n{D}\n900\n"},
    // lines
    {"byte_order_mark", W, W, 1, 100, -1, "{BOM}{H}\n{C}\n{D}\n900\n"},
    {"line_ending", W, W, 2, 200, -1, "{H}\n{C}{LF}\n{D}{LF}\n900\n"},
    {"no_final_line_ending", W, W, 4, 900, -1, "{H}\n{C}\n{D}\n900{NOEOL}\n"},
    {"blank_line", W, W, 2, 0, -1, "{H}\n\n{C}\n{D}\n900\n"},
    {"line_too_long", E, E, 4, 300, -1, "{H}\n{C}\n{D}\n300,{LONG}\n900\n", "interval_date value_count"},
    {"control_character", E, E, 3, 300, -1, "{H}\n{C}\n300,20240401{48},A,,te{NUL}xt,20240402000000,\n900\n"},
    {"encoding", E, E, 3, 300, -1, "{H}\n{C}\n300,20240401{48},A,,\xC3(,20240402000000,\n900\n"},
    {"quotes", E, W, 2, 200, -1, "{H}\n200,\"NEM1201006\",E1B1,1,E1,N1,METER1,kWh,30,20240601\n{D}\n900\n"},
    {"comma_in_field", E, E, 3, 300, 49, "{H}\n{C}\n300,20240401{47},\"1,234\"{T}\n900\n", "quotes"},
    {"comma_in_field", E, E, 2, 200, 6, "{H}\n200,NEM1201006,E1B1,1,E1,N1,\"M,1\",kWh,30,20240601\n{D}\n900\n", "quotes"},
    {"quotes_broken", E, E, 3, 300, -1, "{H}\n{C}\n300,20240401{48},A,,\"ab\"c,20240402000000,\n900\n", "quotes"},
    {"quotes_broken", E, E, 3, 300, -1, "{H}\n{C}\n300,20240401{48},A,,\"abc,20240402000000,\n900\n",
     "quotes comma_in_field missing_trailing_fields update_time_missing"},
    {"spaces", W, W, 2, 200, 6, "{H}\n200,NEM1201006,E1B1,1,E1,N1, METER1,kWh,30,20240601\n{D}\n900\n"},
    {"letter_case", W, W, 3, 300, 50, "{H}\n{C}\n300,20240401{48},a,,,20240402000000,\n900\n"},
    // fields
    {"field_count", E, E, 2, 200, -1, "{H}\n200,NEM1201006,E1B1,1,E1,N1,METER1,kWh\n{D}\n900\n"},
    {"missing_trailing_fields", E, W, 2, 200, 9, "{H}\n200,NEM1201006,E1B1,1,E1,N1,METER1,kWh,30\n{D}\n900\n"},
    {"surplus_fields", W, W, 4, 900, 1, "{H}\n{C}\n{D}\n900,,\n"},
    {"field_too_long", E, W, 2, 200, 3, "{H}\n200,NEM1201006,E1B1,REGISTER-ID,E1,N1,METER1,kWh,30,20240601\n{D}\n900\n"},
    {"text_too_long", E, E, 3, 300, 52, "{H}\n{C}\n300,20240401{48},A,24,{241},20240402000000,\n900\n"},
    {"mandatory_empty", E, W, 2, 250, 3,
     READ("", "METER1", "E", "0.5", PREVIOUS_TIME, "A,,", CURRENT_TIME, "A,,", "10", "kWh")},
    // NMI, suffix, unit
    {"nmi_length", E, E, 2, 200, 1, "{H}\n200,NEM120100678,E1B1,1,E1,N1,METER1,kWh,30,20240601\n{D}\n900\n"},
    {"nmi_invalid", E, W, 2, 200, 1, "{H}\n200,NMI1234567,E1B1,1,E1,N1,METER1,kWh,30,20240601\n{D}\n900\n"},
    {"nmi_check_digit", E, W, 2, 200, 1, "{H}\n200,NEM12010063,E1B1,1,E1,N1,METER1,kWh,30,20240601\n{D}\n900\n"},
    {"nmi_check_digit_wrong", E, E, 2, 200, 1, "{H}\n200,NEM12010064,E1B1,1,E1,N1,METER1,kWh,30,20240601\n{D}\n900\n"},
    {"configuration", E, W, 2, 200, 2, "{H}\n200,NEM1201006,E1E1,1,E1,N1,METER1,kWh,30,20240601\n{D}\n900\n"},
    {"suffix_length", E, E, 2, 200, 4, "{H}\n200,NEM1201006,E1B1,1,E,N1,METER1,kWh,30,20240601\n{D}\n900\n"},
    {"suffix_invalid", E, W, 2, 200, 4, "{H}\n200,NEM1201006,E0,1,E0,N1,METER1,kWh,30,20240601\n{D}\n900\n", "configuration"},
    {"suffix_not_configured", E, E, 2, 200, 4, "{H}\n200,NEM1201006,E2,1,E1,N1,METER1,kWh,30,20240601\n{D}\n900\n"},
    {"uom_unknown", E, W, 2, 200, 7, "{H}\n200,NEM1201006,E1B1,1,E1,N1,METER1,,30,20240601\n{D}\n900\n"},
    {"uom_suffix_mismatch", W, W, 2, 200, 7, "{H}\n200,NEM1201006,E1B1,1,E1,N1,METER1,kVArh,30,20240601\n{D}\n900\n"},
    {"interval_length", E, E, 2, 200, 8, "{H}\n200,NEM1201006,E1B1,1,E1,N1,METER1,kWh,7,20240601\n{D}\n900\n"},
    {"interval_length", E, W, 2, 200, 8,
     "{H}\n200,NEM1201006,E1B1,1,E1,N1,METER1,kWh,60,20240601\n300,20240401,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,"
     "21,"
     "22,23,24{T}\n900\n"},
    // dates
    {"interval_date", E, E, 3, 300, 1, "{H}\n{C}\n300,20240230{48}{T}\n900\n"},
    {"interval_date_range", E, E, 3, 300, 1, "{H}\n{C}\n300,99990101{48}{T}\n900\n"},
    {"date_order", E, W, 4, 300, 1, "{H}\n{C}\n{D}\n{D}\n900\n"},
    {"next_read_date", E, W, 2, 200, 9, "{H}\n200,NEM1201006,E1B1,1,E1,N1,METER1,kWh,30,2024\n{D}\n900\n"},
    {"update_time_missing", W, W, 3, 300, 53, "{H}\n{C}\n300,20240401{48},A,,,,\n900\n"},
    {"time_invalid", E, W, 3, 300, 53, "{H}\n{C}\n300,20240401{48},A,,,20230103333333,\n900\n"},
    {"time_iso", E, W, 3, 300, 53, "{H}\n{C}\n300,20240401{48},A,,,2024-04-02T00:00:00,\n900\n"},
    {"time_without_seconds", W, W, 3, 300, 53, "{H}\n{C}\n300,20240401{48},A,,,202404020000,\n900\n"},
    {"updated_in_future", W, W, 3, 300, 53, "{H}\n{C}\n300,20240401{48},A,,,20300402000000,\n900\n"},
    {"read_time", E, E, 2, 250, 9, READ("1", "METER1", "E", "0.5", "200311090000000", "A,,", CURRENT_TIME, "A,,", "10", "kWh")},
    {"read_order", W, W, 2, 250, 14, READ("1", "METER1", "E", "0.5", CURRENT_TIME, "A,,", CURRENT_TIME, "A,,", "10", "kWh")},
    // values
    {"value_count", E, E, 3, 300, -1, "{H}\n{C}\n300,20240401{47}{T}\n900\n"},
    {"value_count", E, E, 3, 300, -1, "{H}\n{C}\n300,20240401,1.000{48}{T}\n900\n"},
    {"value_count", E, E, 3, 300, -1, "{H}\n{C}\n300,20240401{48}{48}{T}\n900\n"},
    {"value_count", E, E, 3, 300, -1, "{H}\n{C}\n300,20240401,\n900\n"},
    {"value_count", E, E, 3, 300, -1, "{H}\n{C}\n300,20240401,V,,,20040202120025,\n900\n"},
    {"value_empty", E, E, 3, 300, 49, "{H}\n{C}\n300,20240401{47},{T}\n900\n"},
    {"value_not_numeric", E, E, 3, 300, 49, "{H}\n{C}\n300,20240401{47},1.2.3{T}\n900\n"},
    {"value_exponent", E, W, 3, 300, 49, "{H}\n{C}\n300,20240401{47},1E2{T}\n900\n"},
    {"value_sign", E, W, 3, 300, 49, "{H}\n{C}\n300,20240401{47},+1{T}\n900\n"},
    {"value_trailing_point", E, W, 3, 300, 49, "{H}\n{C}\n300,20240401{47},5.{T}\n900\n"},
    {"value_too_precise", E, E, 3, 300, 49, "{H}\n{C}\n300,20240401{47},1.2E-07{T}\n900\n"},
    {"value_too_precise", E, E, 3, 300, 49, "{H}\n{C}\n300,20240401{47},0.00000001{T}\n900\n"},
    {"value_too_precise", E, E, 3, 300, 49, "{H}\n{C}\n300,20240401{47},1234567890123456789{T}\n900\n"},
    {"value_negative", E, W, 3, 300, 49, "{H}\n{C}\n300,20240401{47},-0.5{T}\n900\n"},
    {"value_decimals", W, W, 3, 300, 49, "{H}\n{C}\n300,20240401{47},0.12345{T}\n900\n"},
    {"value_negative_zero", W, W, 3, 300, 49, "{H}\n{C}\n300,20240401{47},-0{T}\n900\n"},
    {"quantity_negative", E, W, 2, 250, 18,
     READ("1", "M", "I", "0.5", PREVIOUS_TIME, "A,,", CURRENT_TIME, "A,,", "-10", "kWh")},
    {"value_empty", E, E, 2, 250, 18, READ("1", "M", "I", "0.5", PREVIOUS_TIME, "A,,", CURRENT_TIME, "A,,", "", "kWh")},
    {"register_read", W, W, 2, 250, 8, READ("1", "M", "I", "12A", PREVIOUS_TIME, "A,,", CURRENT_TIME, "A,,", "10", "kWh")},
    {"direction", E, W, 2, 250, 7, READ("1", "M", "X", "0.5", PREVIOUS_TIME, "A,,", CURRENT_TIME, "A,,", "10", "kWh")},
    // quality
    {"quality_invalid", E, E, 3, 300, 50, "{H}\n{C}\n300,20240401{48},X12,,,20240402000000,\n900\n"},
    {"method_missing", E, E, 3, 300, 50, "{H}\n{C}\n300,20240401{48},E,,,20240402000000,\n900\n"},
    {"method_unknown", W, W, 3, 300, 50, "{H}\n{C}\n300,20240401{48},E99,,,20240402000000,\n900\n"},
    {"method_kind", W, W, 3, 300, 50, "{H}\n{C}\n300,20240401{48},E54,,,20240402000000,\n900\n"},
    {"actual_with_method", W, W, 3, 300, 50, "{H}\n{C}\n300,20240401{48},A52,,,20240402000000,\n900\n"},
    {"null_quality", E, W, 3, 300, 50, "{H}\n{C}\n300,20211001{48},N,,,20240402000000,\n900\n"},
    {"null_quality_legacy", W, W, 3, 300, 50, "{H}\n{C}\n300,20210930{48},N,,,20240402000000,\n900\n"},
    {"variable_misplaced", E, E, 4, 400, 3, "{H}\n{C}\n300,20240401{48},V,,,20240402000000,\n400,1,48,V,,\n900\n"},
    {"estimate_misplaced", E, W, 2, 250, 10,
     READ("1", "M", "I", "0.5", PREVIOUS_TIME, "E62,,", CURRENT_TIME, "A,,", "10", "kWh")},
    {"reason_invalid", E, E, 3, 300, 51, "{H}\n{C}\n300,20240401{48},S52,1234,,20240402000000,\n900\n"},
    {"reason_missing", E, W, 3, 300, 51, "{H}\n{C}\n300,20240401{48},S52,,,20240402000000,\n900\n"},
    {"reason_text_missing", E, W, 3, 300, 52, "{H}\n{C}\n300,20240401{48},S52,0,,20240402000000,\n900\n"},
    {"reason_unknown", W, W, 3, 300, 51, "{H}\n{C}\n300,20240401{48},S52,56,,20240402000000,\n900\n"},
    {"reason_obsolete", W, W, 3, 300, 51, "{H}\n{C}\n300,20240401{48},S52,4,,20240402000000,\n900\n"},
    {"variable_with_reason", E, W, 3, 300, 51, "{H}\n{C}\n300,20240401{48},V,76,,20240402000000,\n400,1,48,A,,\n900\n"},
    {"estimate_with_reason", W, W, 3, 300, 51, "{H}\n{C}\n300,20240401{48},E52,77,,20240402000000,\n900\n"},
    // 400
    {"events_missing", E, E, 3, 300, 50, "{H}\n{C}\n300,20240401{48},V,,,20240402000000,\n900\n"},
    {"events_unexpected", W, W, 4, 400, -1, "{H}\n{C}\n{D}\n400,1,48,A,,\n900\n"},
    {"events_expected", W, W, 3, 300, 51, "{H}\n{C}\n300,20240401{48},A,79,,20240402000000,\n900\n"},
    {"event_interval", E, E, 4, 400, 2, "{H}\n{C}\n300,20240401{48},V,,,20240402000000,\n400,1,49,A,,\n900\n"},
    {"event_interval", E, E, 4, 400, 1, "{H}\n{C}\n300,20240401{48},V,,,20240402000000,\n400,0,48,A,,\n900\n"},
    {"event_order", E, E, 4, 400, 2, "{H}\n{C}\n300,20240401{48},V,,,20240402000000,\n400,9,8,A,,\n900\n"},
    {"event_gap", E, E, 4, 400, 1, "{H}\n{C}\n300,20240401{48},V,,,20240402000000,\n400,2,48,A,,\n900\n"},
    {"event_gap", E, E, 5, 400, 1, "{H}\n{C}\n300,20240401{48},V,,,20240402000000,\n400,1,9,A,,\n400,11,48,A,,\n900\n"},
    {"event_gap", E, E, 4, 400, 2, "{H}\n{C}\n300,20240401{48},V,,,20240402000000,\n400,1,47,A,,\n900\n"},
    {"event_overlap", E, E, 5, 400, 1, "{H}\n{C}\n300,20240401{48},V,,,20240402000000,\n400,1,9,A,,\n400,9,48,A,,\n900\n"},
    // 500, 550
    {"too_many_b2b_records", E, E, 1823, 550, -1, kManyB2bRecords},
    {"trans_code", E, E, 4, 500, 1, "{H}\n{C}\n{D}\n500,Z,,20240401000001,\n900\n"},
    {"trans_code_obsolete", W, W, 4, 500, 1, "{H}\n{C}\n{D}\n500,T,,20240401000001,\n900\n"},
};

ParserOptions options(Dialect dialect) {
    ParserOptions options{.dialect = dialect};
    EXPECT_TRUE(parse_date_time("20250101000000", options.latest_created));
    return options;
}

class RuleCase : public testing::TestWithParam<Case> {};

TEST_P(RuleCase, IsFoundWhereItStands) {
    const Case &expected = GetParam();
    const std::string file = expand(std::string(expected.file));
    for (const Dialect dialect : {Dialect::kStrict, Dialect::kTolerant}) {
        SCOPED_TRACE(dialect == Dialect::kStrict ? "strict" : "tolerant");
        const Parsed parsed = parse(file, options(dialect));
        int hits = 0;
        for (const Found &found : parsed.findings) {
            if (found.code != expected.code) {
                if (found.code == "parent_refused" || found.code == "all_days_refused") // what an error of another record costs
                    continue;
                EXPECT_NE(expected.others.find(found.code), std::string_view::npos)
                    << "also " << found.code << " at " << found.line;
                continue;
            }
            ++hits;
            EXPECT_EQ(found.severity, dialect == Dialect::kStrict ? expected.strict : expected.tolerant);
            EXPECT_EQ(found.line, expected.line);
            EXPECT_EQ(found.record, expected.record);
            EXPECT_EQ(found.field, expected.field);
        }
        EXPECT_EQ(hits, 1);
        const uint64_t errors = static_cast<uint64_t>(std::count_if(parsed.findings.begin(), parsed.findings.end(),
                                                                    [](const Found &found) { return found.severity == E; }));
        EXPECT_EQ(parsed.counts.errors, errors);
        EXPECT_EQ(parsed.counts.warnings, parsed.findings.size() - errors);
        EXPECT_TRUE(parsed.counts.add_up());
    }
}

INSTANTIATE_TEST_SUITE_P(Rules, RuleCase, testing::ValuesIn(kCases), [](const testing::TestParamInfo<Case> &info) {
    return std::string(info.param.code) + "_" + std::to_string(info.index);
});

TEST(Rules, EachHasACaseAndAName) {
    std::set<std::string_view> cases;
    for (const Case &one : kCases)
        cases.insert(one.code);
    std::set<std::string_view> codes;
    for (int i = 0; i < rule_count(); ++i) {
        const RuleInfo &info = rule_info(static_cast<Rule>(i));
        EXPECT_EQ(static_cast<int>(info.rule), i);
        EXPECT_TRUE(codes.insert(info.code).second) << info.code << " is used twice";
        EXPECT_TRUE(cases.contains(info.code)) << info.code << " has no case";
        EXPECT_FALSE(info.message.empty() || info.hint.empty() || info.source.empty()) << info.code;
        EXPECT_NE(info.message.back(), '.') << info.code;
        EXPECT_LE(info.tolerant == E ? 1 : 0, info.strict == E ? 1 : 0) << info.code << " is stricter in the tolerant dialect";
    }
}

TEST(Rules, GoodFilesHaveNoFindings) {
    for (const char *file : {"{H}\n{C}\n{D}\n900\n", "{A}\n{R}\n550,N,,A,ORDER1\n900\n"}) {
        for (const Dialect dialect : {Dialect::kStrict, Dialect::kTolerant}) {
            const Parsed parsed = parse(expand(file), options(dialect));
            EXPECT_TRUE(parsed.findings.empty()) << parsed.findings.front().code;
            EXPECT_FALSE(parsed.counts.file_refused);
        }
    }
}

TEST(Rules, FamiliesHaveSqlStates) {
    EXPECT_EQ(sqlstate_of(RuleFamily::kStructure), "NM001");
    EXPECT_EQ(sqlstate_of(RuleFamily::kValue), "NM007");
    EXPECT_EQ(sqlstate_of(RuleFamily::kB2b), "NM010");
    Dialect dialect{};
    EXPECT_TRUE(parse_dialect("tolerant", dialect));
    EXPECT_EQ(dialect, Dialect::kTolerant);
    EXPECT_FALSE(parse_dialect("Strict", dialect));
    EXPECT_EQ(name_of(E), "error");
}

} // namespace
} // namespace mdff

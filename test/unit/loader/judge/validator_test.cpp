#include "judge/validator.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/files.hpp"
#include "loader/support/archives.hpp"
#include "loader/support/child_process.hpp"
#include "loader/support/sample.hpp"
#include "mdff/calendar.hpp"

namespace nem12::loader {
namespace {

using test::broken_mdff;
using test::sample_mdff;

Verdict verdict_of(const std::string &text, const IngestConfig &config = {}, size_t piece = 1 << 20) {
    Validator validator(config);
    for (size_t at = 0; at < text.size(); at += piece)
        validator.add({text.data() + at, std::min(piece, text.size() - at)});
    return validator.finish();
}

TEST(ValidatorTest, a_good_file_is_loadable_and_described) {
    Verdict verdict = verdict_of(sample_mdff());
    EXPECT_TRUE(verdict.loadable);
    EXPECT_EQ(verdict.errors, 0u);
    EXPECT_EQ(verdict.warnings, 0u);
    EXPECT_EQ(verdict.version, "NEM12");
    EXPECT_EQ(verdict.file_creation, "202402010600");
    EXPECT_EQ(verdict.months, std::vector<std::string>{"2024-01-01"});
    EXPECT_EQ(verdict.days, 1u);
    EXPECT_EQ(verdict.readings, 48u);
    EXPECT_EQ(verdict.lines, 4u);
    EXPECT_TRUE(verdict.has_end);
}

TEST(ValidatorTest, pieces_of_any_size_give_the_same_verdict) {
    for (size_t piece : {1u, 7u, 64u}) {
        Verdict verdict = verdict_of(broken_mdff(), {}, piece);
        EXPECT_FALSE(verdict.loadable);
        EXPECT_EQ(verdict.findings.size(), verdict_of(broken_mdff()).findings.size());
    }
}

TEST(ValidatorTest, a_finding_names_line_record_field_rule_and_remedy) {
    Verdict verdict = verdict_of(broken_mdff());
    ASSERT_FALSE(verdict.findings.empty());
    const ReportedFinding &finding = verdict.findings[0];
    EXPECT_EQ(finding.line, 3u);
    EXPECT_EQ(finding.record, 300);
    EXPECT_EQ(finding.field, 2);
    EXPECT_EQ(finding.severity, "error");
    EXPECT_EQ(finding.code, "value_not_numeric");
    EXPECT_EQ(finding.sqlstate, "NM007");
    EXPECT_EQ(finding.text, "x1");
    EXPECT_FALSE(finding.message.empty() || finding.hint.empty() || finding.source.empty());
    EXPECT_EQ(summary_of(verdict).find("line 3, record 300, field 2: value_not_numeric: "), 0u);
}

// One channel with so many days that each has a warning (UpdateDateTime without seconds), then one with an error.
std::string many_warnings_then_an_error(int days) {
    std::string text = sample_mdff().substr(0, sample_mdff().find("300,"));
    for (int n = 0; n < days; ++n) {
        char date[8];
        mdff::format_date({n + mdff::date_from_civil({2015, 1, 1}).days}, date);
        text += "300," + std::string(date, 8);
        for (int i = 0; i < 48; ++i)
            text += ",1";
        text += ",A,,,202402010600,\r\n";
    }
    return text + "300,20240101" + std::string(96, ',').replace(0, 1, ",x") + ",A,,,20240201060000,\r\n900\r\n";
}

TEST(ValidatorTest, no_number_of_warnings_hides_an_error) {
    Verdict verdict = verdict_of(many_warnings_then_an_error(1500));
    EXPECT_FALSE(verdict.loadable);
    EXPECT_EQ(verdict.warnings, 1500u);
    EXPECT_GE(verdict.errors, 1u);
    ASSERT_FALSE(verdict.findings.empty());
    EXPECT_EQ(verdict.findings[0].severity, "error") << "errors come first";
    EXPECT_EQ(verdict.findings[0].line, 1503u);
    EXPECT_EQ(std::count_if(verdict.findings.begin(), verdict.findings.end(), [](auto &f) { return f.severity == "warning"; }),
              static_cast<std::ptrdiff_t>(kMostWarnings));
    EXPECT_EQ(summary_of(verdict).find("line 1503, record 300"), 0u) << summary_of(verdict);
}

TEST(ValidatorTest, no_number_of_errors_fills_the_memory) {
    std::string text = sample_mdff().substr(0, sample_mdff().find("300,"));
    for (int n = 0; n < 3000; ++n)
        text += "300,x\r\n";
    Verdict verdict = verdict_of(text + "900\r\n");
    EXPECT_GE(verdict.errors, 3000u);
    EXPECT_LE(verdict.findings.size(), kMostErrors + kMostWarnings);
}

TEST(ValidatorTest, the_sender_is_named_also_when_the_header_is_refused) {
    Verdict verdict = verdict_of(sample_mdff());
    EXPECT_EQ(verdict.from_participant, "GENMDP");
    EXPECT_EQ(verdict.to_participant, "LOADER");
    for (std::string header : {"100,NEM12,202413010600,GENMDP,LOADER\r\n", "\xef\xbb\xbf"
                                                                           "100,NEM99,202402010600,GENMDP,LOADER\n"}) {
        for (size_t piece : {1u, 1000u}) {
            Verdict refused = verdict_of(header + sample_mdff().substr(sample_mdff().find("200,")), {}, piece);
            EXPECT_FALSE(refused.loadable);
            EXPECT_EQ(refused.from_participant, "GENMDP") << header;
            EXPECT_EQ(refused.to_participant, "LOADER") << header;
        }
    }
    EXPECT_EQ(verdict_of("100").from_participant, "");
    EXPECT_EQ(verdict_of("nothing,of,the,kind,here\n").from_participant, "");
    EXPECT_EQ(verdict_of("100,x,y,\x1b[2J" + std::string(5000, 'a') + "\n").from_participant.find('\x1b'), std::string::npos);
}

TEST(ValidatorTest, skip_loads_the_good_records_but_never_a_cut_file) {
    IngestConfig config;
    config.on_invalid = "skip";
    std::string mixed = sample_mdff();
    std::string bad = broken_mdff("20240102");
    size_t day = bad.find("300,"), end = bad.find("900");
    mixed.insert(mixed.find("900"), bad.substr(day, end - day));
    EXPECT_FALSE(verdict_of(mixed).loadable);
    Verdict verdict = verdict_of(mixed, config);
    EXPECT_TRUE(verdict.loadable);
    EXPECT_EQ(verdict.days, 1u);
    EXPECT_GE(verdict.skipped_records, 1u);
    EXPECT_FALSE(verdict_of(broken_mdff(), config).loadable) << "nothing good is left";
    Verdict cut = verdict_of(sample_mdff().substr(0, sample_mdff().size() - 5), config);
    EXPECT_FALSE(cut.loadable);
    EXPECT_FALSE(cut.has_end);
}

TEST(ValidatorTest, what_is_no_mdff_is_refused) {
    for (const std::string &text :
         {std::string(), std::string("hello\r\n"), std::string("a,b,c\n1,2,3\n"), std::string(100'000, '\0')}) {
        Verdict verdict = verdict_of(text);
        EXPECT_FALSE(verdict.loadable);
        EXPECT_GE(verdict.errors, 1u);
        EXPECT_FALSE(verdict.has_end);
    }
}

TEST(ValidatorTest, the_dialect_comes_from_the_config) {
    IngestConfig tolerant;
    tolerant.dialect = "tolerant";
    std::string headless = sample_mdff().substr(sample_mdff().find("200,"));
    EXPECT_FALSE(verdict_of(headless).loadable);
    EXPECT_TRUE(verdict_of(headless, tolerant).loadable);
}

TEST(ValidatorTest, a_file_from_the_future_is_refused) {
    IngestConfig config;
    config.max_future_hours = 24;
    // 2024-01-31 06:00 market time is 2024-01-30 20:00 UTC; the file says 2024-02-01 06:00.
    auto day_before = std::chrono::system_clock::from_time_t(1706644800);
    auto judge = [&](auto now) {
        Validator validator(config, now);
        std::string text = sample_mdff();
        validator.add(text);
        return validator.finish();
    };
    EXPECT_TRUE(judge(day_before).loadable);
    EXPECT_FALSE(judge(day_before - std::chrono::minutes(2)).loadable);
    config.max_future_hours = 0;
    EXPECT_TRUE(judge(day_before - std::chrono::hours(10000)).loadable);
}

TEST(ValidatorTest, a_file_on_disk_is_read_in_pieces) {
    test::TemporaryDirectory directory;
    test::spit(directory.path() / "a.csv", sample_mdff());
    EXPECT_TRUE(validate_file(directory.path() / "a.csv", {}).loadable);
    EXPECT_THROW(validate_file(directory.path() / "absent", {}), FileError);
}

} // namespace
} // namespace nem12::loader

#include "judge/report.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace nem12::loader {
namespace {

Verdict verdict_with(const std::string &text) {
    Verdict verdict;
    verdict.errors = 3;
    verdict.version = "NEM12";
    verdict.findings.push_back(
        {27, 400, 3, "error", "quality_invalid", "NM008", "not a quality method", "write A", "MDFF App C", text});
    return verdict;
}

JudgedFile file_named(const std::string &name) {
    JudgedFile file;
    file.sha256 = std::string(64, 'a');
    file.name = name;
    file.bytes = 12;
    return file;
}

TEST(ReportTest, the_machine_report_says_everything_about_a_finding) {
    auto report = nlohmann::json::parse(report_json(file_named("a.csv"), verdict_with("Q9")));
    EXPECT_EQ(report["outcome"], "rejected");
    EXPECT_EQ(report["sha256"], std::string(64, 'a'));
    EXPECT_EQ(report["findings_total"], 3);
    const auto &finding = report["findings"][0];
    EXPECT_EQ(finding["line"], 27);
    EXPECT_EQ(finding["record"], 400);
    EXPECT_EQ(finding["field"], 3);
    EXPECT_EQ(finding["field_name"], "QualityMethod");
    EXPECT_EQ(finding["code"], "quality_invalid");
    EXPECT_EQ(finding["source"], "MDFF App C");
    EXPECT_EQ(finding["text"], "Q9");
}

TEST(ReportTest, the_readable_report_names_place_rule_and_remedy) {
    std::string text = report_text(file_named("a.csv"), verdict_with("Q9"));
    for (const char *part : {"was not loaded", "a.csv", "line 27, record 400, field 3 (QualityMethod)", "not a quality method",
                             "write A", "MDFF App C", "Q9", "2 more"})
        EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
}

TEST(ReportTest, the_sender_is_named) {
    Verdict verdict = verdict_with("Q9");
    EXPECT_EQ(report_text(file_named("a"), verdict).find("From"), std::string::npos) << "not known";
    verdict.from_participant = "MDP1";
    verdict.to_participant = "=RETAIL";
    auto report = nlohmann::json::parse(report_json(file_named("a"), verdict));
    EXPECT_EQ(report["from_participant"], "MDP1");
    EXPECT_EQ(report["to_participant"], "'=RETAIL");
    std::string text = report_text(file_named("a"), verdict);
    EXPECT_NE(text.find("\nFrom      MDP1\nTo        =RETAIL\n"), std::string::npos) << text;
}

TEST(ReportTest, there_is_no_line_0_and_no_record_0) {
    Verdict verdict = verdict_with("x");
    verdict.findings[0] = {0, 0, -1, "error", "refused_by_server", "P0001", "the owner says no", "", "", ""};
    auto finding = nlohmann::json::parse(report_json(file_named("a"), verdict))["findings"][0];
    EXPECT_TRUE(finding["line"].is_null() && finding["record"].is_null() && finding["field"].is_null()) << finding;
    std::string text = report_text(file_named("a"), verdict);
    EXPECT_NE(text.find("error at the whole file: the owner says no"), std::string::npos) << text;
    verdict.findings[0].line = 5;
    EXPECT_NE(report_text(file_named("a"), verdict).find("error at line 5: the owner"), std::string::npos);
}

TEST(ReportTest, skipped_records_are_told_from_a_refused_file) {
    Verdict verdict = verdict_with("x");
    verdict.loadable = true;
    verdict.skipped_records = 3;
    EXPECT_EQ(nlohmann::json::parse(report_json(file_named("a"), verdict))["outcome"], "skipped_records");
    EXPECT_NE(report_text(file_named("a"), verdict).find("without its faulty records"), std::string::npos);
}

TEST(ReportTest, hostile_text_stays_text) {
    std::string hostile = "\x1b[31m\r\n\xff=1";
    for (const std::string &report :
         {report_json(file_named(hostile), verdict_with(hostile)), report_text(file_named(hostile), verdict_with(hostile)),
          failure_text(file_named(hostile), hostile), failure_json(file_named(hostile), hostile)}) {
        EXPECT_EQ(report.find('\x1b'), std::string::npos);
        EXPECT_EQ(report.find('\xff'), std::string::npos);
        EXPECT_EQ(report.find('\r'), std::string::npos);
    }
    EXPECT_EQ(safe_cell("=HYPERLINK(1)"), "'=HYPERLINK(1)");
    EXPECT_EQ(safe_cell("@x"), "'@x");
    EXPECT_EQ(safe_cell("plain"), "plain");
    EXPECT_EQ(safe_cell(""), "");
}

} // namespace
} // namespace nem12::loader

#include "outbox/server_refusal.hpp"

#include <gtest/gtest.h>

#include "loader/support/archives.hpp"
#include "loader/support/child_process.hpp"
#include "loader/support/sample.hpp"

namespace nem12::loader {
namespace {

class ServerRefusal : public ::testing::Test {
protected:
    Verdict refuse(const DatabaseError &error, const std::string &content = test::sample_mdff()) {
        JudgedFile file;
        file.path = directory_.path() / "a.csv";
        test::spit(file.path, content);
        return refusal_by_server(error, file, {});
    }
    test::TemporaryDirectory directory_;
};

TEST_F(ServerRefusal, takes_place_and_code_from_the_detail) {
    Verdict verdict =
        refuse(DatabaseError(ErrorClass::kData, "NM003", "not a number",
                             R"({"line": 12, "record": 300, "field": 5, "code": "VALUE_NOT_A_NUMBER", "text": "300,x"})"));
    ASSERT_EQ(verdict.findings.size(), 1u);
    EXPECT_FALSE(verdict.loadable);
    EXPECT_EQ(verdict.errors, 1u);
    const ReportedFinding &finding = verdict.findings[0];
    EXPECT_EQ(finding.line, 12u);
    EXPECT_EQ(finding.record, 300);
    EXPECT_EQ(finding.field, 5);
    EXPECT_EQ(finding.code, "VALUE_NOT_A_NUMBER");
    EXPECT_EQ(finding.sqlstate, "NM003");
    EXPECT_EQ(finding.message, "not a number");
    EXPECT_EQ(finding.text, "300,x");
}

TEST_F(ServerRefusal, any_other_detail_gives_a_finding_without_a_place) {
    for (const char *detail : {"", "Key (nmi)=(X) exists.", "[1,2]", R"({"line": "twelve", "code": 5})", "{"}) {
        Verdict verdict = refuse(DatabaseError(ErrorClass::kData, "23505", "duplicate key", detail));
        EXPECT_EQ(verdict.findings.at(0).line, 0u);
        EXPECT_EQ(verdict.findings.at(0).record, 0);
        EXPECT_EQ(verdict.findings.at(0).field, -1);
        EXPECT_EQ(verdict.findings.at(0).code, "refused_by_server");
        EXPECT_EQ(summary_of(verdict), "the whole file: refused_by_server: duplicate key");
    }
}

TEST_F(ServerRefusal, a_rule_of_the_format_is_told_in_the_words_of_validation) {
    Verdict here = refuse(DatabaseError(ErrorClass::kData, "P0001", "x"), test::broken_mdff());
    const ReportedFinding own = here.findings.at(1);
    std::string detail = R"({"line": )" + std::to_string(own.line) + R"(, "record": 300, "field": )" +
                         std::to_string(own.field) + R"(, "code": ")" + own.code + R"(", "text": "x1"})";
    Verdict there =
        refuse(DatabaseError(ErrorClass::kData, own.sqlstate, "line 3, record 300, field 2: ... (" + own.code + ")", detail),
               test::broken_mdff());
    EXPECT_EQ(there.findings[0].message, own.message);
    EXPECT_EQ(there.findings[0].hint, own.hint);
    EXPECT_EQ(there.findings[0].source, own.source);
    EXPECT_EQ(there.errors, here.errors - 1) << "the same error is not counted twice";
}

TEST_F(ServerRefusal, what_validation_knows_of_the_file_stands_in_the_report_behind_the_error) {
    std::string text = test::sample_mdff();
    text.replace(text.find("20240201060000"), 14, "202402010600"); // a warning
    DatabaseError error(ErrorClass::kData, "P0001", "the owner says no");
    error.hint = "ask the owner";
    Verdict verdict = refuse(error, text);
    EXPECT_FALSE(verdict.loadable);
    EXPECT_EQ(verdict.errors, 1u);
    EXPECT_EQ(verdict.warnings, 1u);
    ASSERT_EQ(verdict.findings.size(), 2u);
    EXPECT_EQ(verdict.findings[0].message, "the owner says no");
    EXPECT_EQ(verdict.findings[0].hint, "ask the owner");
    EXPECT_EQ(verdict.findings[1].severity, "warning");
    EXPECT_EQ(verdict.from_participant, "GENMDP");
    EXPECT_EQ(verdict.version, "NEM12");
    EXPECT_EQ(summary_of(verdict), "the whole file: refused_by_server: the owner says no");
}

TEST_F(ServerRefusal, a_file_that_is_gone_is_refused_all_the_same) {
    JudgedFile file;
    file.path = directory_.path() / "gone";
    Verdict verdict = refusal_by_server(DatabaseError(ErrorClass::kData, "P0001", "no"), file, {});
    EXPECT_FALSE(verdict.loadable);
    EXPECT_EQ(summary_of(verdict), "the whole file: refused_by_server: no");
}

} // namespace
} // namespace nem12::loader

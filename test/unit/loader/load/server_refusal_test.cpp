#include "load/server_refusal.hpp"

#include <gtest/gtest.h>

namespace nem12::loader {
namespace {

TEST(ServerRefusal, takes_place_and_code_from_the_detail) {
    Verdict verdict =
        verdict_of(DatabaseError(ErrorClass::kData, "NM003", "not a number",
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

TEST(ServerRefusal, any_other_detail_gives_a_finding_without_a_place) {
    for (const char *detail : {"", "Key (nmi)=(X) exists.", "[1,2]", R"({"line": "twelve", "code": 5})", "{"}) {
        Verdict verdict = verdict_of(DatabaseError(ErrorClass::kData, "23505", "duplicate key", detail));
        EXPECT_EQ(verdict.findings.at(0).line, 0u);
        EXPECT_EQ(verdict.findings.at(0).code, "REFUSED_BY_SERVER");
    }
}

} // namespace
} // namespace nem12::loader

#include "judge/validator.hpp"

#include <gtest/gtest.h>

namespace nem12::loader {
namespace {

TEST(Verdict, a_place_is_said_as_far_as_it_is_known) {
    EXPECT_EQ(place_of({27, 300, 4, "error", "", "", "", "", "", ""}), "line 27, record 300, field 4");
    EXPECT_EQ(place_of({27, 300, -1, "error", "", "", "", "", "", ""}), "line 27, record 300");
    EXPECT_EQ(place_of({27, 0, -1, "error", "", "", "", "", "", ""}), "line 27");
    EXPECT_EQ(place_of({0, 0, -1, "error", "", "", "", "", "", ""}), "the whole file");
}

TEST(Verdict, the_summary_is_the_first_error_whatever_stands_before_it) {
    Verdict verdict = refusal("zip_encrypted", "the archive is encrypted", "send it open");
    EXPECT_EQ(summary_of(verdict), "the whole file: zip_encrypted: the archive is encrypted");
    verdict.findings.insert(verdict.findings.begin(), {1, 100, -1, "warning", "spaces", "NM002", "m", "", "", ""});
    verdict.errors = 3;
    EXPECT_EQ(summary_of(verdict), "the whole file: zip_encrypted: the archive is encrypted (and 2 more errors)");
}

TEST(Verdict, the_cause_of_a_summary_is_its_rule) {
    Verdict verdict;
    verdict.errors = 2;
    verdict.findings.push_back({27, 300, 4, "error", "value_count", "", "too few: 287", "", "", ""});
    EXPECT_EQ(cause_of(summary_of(verdict)), "value_count");
    verdict.findings[0].line = 0;
    EXPECT_EQ(cause_of(summary_of(verdict)), "value_count");
    EXPECT_EQ(cause_of("POISON: 3 workers died with it"), "POISON");
    EXPECT_EQ(cause_of("internal XX000: cache lookup failed: 7"), "internal XX000");
    EXPECT_EQ(cause_of("cannot read /spool/ready/ab: no such file"), "");
    EXPECT_EQ(cause_of("2 errors"), "");
    EXPECT_EQ(cause_of(""), "");
}

} // namespace
} // namespace nem12::loader

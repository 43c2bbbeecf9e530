#include "mdff/code_tables.hpp"

#include <gtest/gtest.h>

namespace mdff {
namespace {

TEST(CodeTables, Units) {
    ASSERT_NE(find_uom("KWH"), nullptr);
    EXPECT_EQ(find_uom("KWH")->name, "kWh");
    EXPECT_EQ(find_uom("mwh")->decimals, 7);
    EXPECT_EQ(find_uom("Wh")->decimals, 1);
    EXPECT_EQ(find_uom("pf")->decimals, 3);
    EXPECT_EQ(find_uom("kvarh")->quantity, 'R');
    EXPECT_EQ(find_uom(""), nullptr);
    EXPECT_EQ(find_uom("kWhs"), nullptr);
    EXPECT_EQ(find_uom("GWh"), nullptr);
}

TEST(CodeTables, Flows) {
    for (const char *suffix : {"B1", "A1", "C2", "K1", "J1", "L9"})
        EXPECT_EQ(suffix_flow(suffix), "import") << suffix;
    for (const char *suffix : {"E1", "D1", "F2", "Q1", "P1", "RZ"})
        EXPECT_EQ(suffix_flow(suffix), "export") << suffix;
    EXPECT_EQ(suffix_flow("N1"), "net");
    EXPECT_EQ(suffix_flow("X1"), "net");
    EXPECT_EQ(suffix_flow("T1"), "apparent");
    EXPECT_EQ(suffix_flow("G1"), "power_factor");
    EXPECT_EQ(suffix_flow("V1"), "volts");
    EXPECT_EQ(suffix_flow("Z1"), "amps");
    for (const char *suffix : {"", "E", "E12", "11", "e1", "I1"})
        EXPECT_EQ(suffix_flow(suffix), "") << suffix;
}

TEST(CodeTables, QualityMethods) {
    int method = 0;
    EXPECT_EQ(parse_quality_method("S52", method), QualityFlag::kSubstitute);
    EXPECT_EQ(method, 52);
    EXPECT_EQ(parse_quality_method("A", method), QualityFlag::kActual);
    EXPECT_EQ(method, 0);
    EXPECT_EQ(parse_quality_method("A52", method), QualityFlag::kActual);
    EXPECT_EQ(parse_quality_method("N", method), QualityFlag::kNull);
    for (const char *bad : {"", "a", "X", "S5", "S523", "V12", "N12", "S5x"}) {
        EXPECT_EQ(parse_quality_method(bad, method), QualityFlag::kInvalid) << bad;
    }
    for (int number = 0; number < 100; ++number) {
        const QualityMethod *const found = find_quality_method(number);
        EXPECT_TRUE(found == nullptr || (found->number == number && (found->estimate || found->substitute)));
    }
    ASSERT_NE(find_quality_method(75), nullptr);
    EXPECT_FALSE(find_quality_method(75)->substitute);
    EXPECT_EQ(find_quality_method(26), nullptr);
}

TEST(CodeTables, Reasons) {
    ASSERT_NE(find_reason(0), nullptr);
    EXPECT_EQ(find_reason(79)->description, "Power outage alarm");
    EXPECT_TRUE(find_reason(4)->obsolete);
    EXPECT_FALSE(find_reason(109)->obsolete);
    for (const int unknown : {-1, 56, 57, 59, 63, 66, 110, 999})
        EXPECT_EQ(find_reason(unknown), nullptr) << unknown;
    int known = 0;
    for (int code = 0; code < 1000; ++code)
        known += find_reason(code) != nullptr;
    EXPECT_EQ(known, 105);
}

TEST(CodeTables, TransactionCodes) {
    for (const char *good : {"A", "C", "G", "D", "E", "N", "O", "S", "R", "T"})
        EXPECT_TRUE(trans_code_is_valid(good)) << good;
    for (const char *bad : {"", "B", "n", "0", "AA"})
        EXPECT_FALSE(trans_code_is_valid(bad)) << bad;
    EXPECT_TRUE(trans_code_is_obsolete("T"));
    EXPECT_FALSE(trans_code_is_obsolete("N"));
}

} // namespace
} // namespace mdff

#include "mdff/nmi.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mdff {
namespace {

TEST(Nmi, CheckDigitsOfThePublishedExamples) {
    struct Example {
        const char *nmi;
        int digit;
    };
    for (const auto &[nmi, digit] : {Example{"2001985732", 8},
                                     {"QAAAVZZZZZ", 3},
                                     {"NBBBX11110", 0},
                                     {"VCCCX00009", 1},
                                     {"QCDWW00010", 2},
                                     {"SMVEW00085", 8},
                                     {"6305888444", 6},
                                     {"7102000001", 7},
                                     {"3075621875", 8},
                                     {"NCCC519495", 5},
                                     {"NGGG000055", 4},
                                     {"4123456789", 6},
                                     {"VABD000163", 2},
                                     {"NEM1201006", 3},
                                     {"qaaavzzzzz", 3}}) {
        EXPECT_EQ(nmi_checksum(nmi), digit) << nmi;
    }
    EXPECT_EQ(nmi_checksum("123456789"), -1);
    EXPECT_EQ(nmi_checksum("12345678901"), -1);
}

TEST(Nmi, HasTenDigitsAndUpperCaseLettersButIAndO) {
    EXPECT_TRUE(nmi_is_valid("NEM1201006"));
    for (const char *bad : {"", "NEM120100", "NEM12010063", "NMI1234567", "NEM12O1006", "nem1201006", "NEM120100 "}) {
        EXPECT_FALSE(nmi_is_valid(bad)) << bad;
    }
}

TEST(Nmi, Suffixes) {
    for (const char *good : {"E1", "B1", "Q1", "K9", "EA", "GZ"})
        EXPECT_TRUE(interval_suffix_is_valid(good)) << good;
    for (const char *bad : {"", "E", "E0", "EI", "EO", "I1", "11", "e1", "E11"})
        EXPECT_FALSE(interval_suffix_is_valid(bad)) << bad;
    for (const char *good : {"11", "41", "71", "9Z"})
        EXPECT_TRUE(accumulation_suffix_is_valid(good)) << good;
    for (const char *bad : {"", "1", "01", "10", "E1", "1I", "111"})
        EXPECT_FALSE(accumulation_suffix_is_valid(bad)) << bad;
}

} // namespace
} // namespace mdff

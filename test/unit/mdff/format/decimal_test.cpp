#include "mdff/decimal.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace mdff {
namespace {

// A second opinion, written for clarity: the text taken apart with the standard library.
DecimalStatus slow_parse(std::string text, Decimal &out) {
    if (text.empty())
        return DecimalStatus::kEmpty;
    const bool negative = text[0] == '-';
    if (negative)
        text.erase(0, 1);
    const size_t point = text.find('.');
    const std::string whole = text.substr(0, point);
    std::string decimals = point == std::string::npos ? "" : text.substr(point + 1);
    std::string digits = whole + decimals;
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string::npos)
        return DecimalStatus::kNotANumber;
    if (point != std::string::npos && decimals.empty())
        return DecimalStatus::kNotANumber;
    std::string significant;
    for (;; decimals.pop_back(), digits.pop_back()) { // zeros at the end go where there is no room for them
        const size_t first = digits.find_first_not_of('0');
        significant = first == std::string::npos ? "0" : digits.substr(first);
        if ((decimals.size() <= kMaxScale && significant.size() <= 18) || !decimals.ends_with('0'))
            break;
    }
    if (decimals.size() > kMaxScale || significant.size() > 18)
        return DecimalStatus::kTooPrecise;
    out = {std::stoll(significant) * (negative ? -1 : 1), static_cast<uint8_t>(decimals.size())};
    return DecimalStatus::kOk;
}

TEST(Decimal, AgreesWithASlowReference) {
    std::mt19937 random(11);
    for (int round = 0; round < 300000; ++round) {
        std::string text;
        const size_t length = random() % 24;
        for (size_t i = 0; i < length; ++i)
            text += "00123456789012345678.."[random() % 22];
        if (random() % 4 == 0)
            text.append(random() % 24, '0');
        if (random() % 8 == 0)
            text.insert(0, "-");
        if (random() % 50 == 0)
            text.insert(random() % (text.size() + 1), 1, "+eE -"[random() % 5]);
        Decimal expected{}, found{};
        const DecimalStatus status = slow_parse(text, expected);
        ASSERT_EQ(parse_decimal(text, found), status) << text;
        if (status != DecimalStatus::kOk)
            continue;
        ASSERT_EQ(found.mantissa, expected.mantissa) << text;
        ASSERT_EQ(found.scale, expected.scale) << text;
    }
}

TEST(Decimal, TakesLooseFormsExactly) {
    const auto parse = [](std::string_view text) {
        LooseDecimal loose{};
        const DecimalStatus status = parse_loose_decimal(text, loose);
        if (status != DecimalStatus::kOk)
            return std::string(status == DecimalStatus::kTooPrecise ? "too precise" : "no number");
        char out[kMaxDecimalLength];
        std::string result(out, static_cast<size_t>(format_decimal(loose.value.mantissa, loose.value.scale, out)));
        return result + (loose.plus_sign ? " plus" : "") + (loose.trailing_point ? " point" : "") +
               (loose.exponent ? " exponent" : "");
    };
    EXPECT_EQ(parse("+0.125"), "0.125 plus");
    EXPECT_EQ(parse("5."), "5 point");
    EXPECT_EQ(parse("-5."), "-5 point");
    EXPECT_EQ(parse("1.2E-05"), "0.000012 exponent");
    EXPECT_EQ(parse("1.2e3"), "1200 exponent");
    EXPECT_EQ(parse("-1.5E+00"), "-1.5 exponent");
    EXPECT_EQ(parse("+2.E1"), "20 plus point exponent");
    EXPECT_EQ(parse("1.2E-07"), "too precise");
    EXPECT_EQ(parse("1000E-10"), "0.0000001 exponent");
    EXPECT_EQ(parse("1E17"), "100000000000000000 exponent");
    EXPECT_EQ(parse("1E18"), "too precise");
    EXPECT_EQ(parse("0E99"), "0 exponent");
    EXPECT_EQ(parse("0.00280000000000"), "0.0028000");
    EXPECT_EQ(parse("0.00000000000000"), "0.0000000");
    EXPECT_EQ(parse("0.00280000000001"), "too precise");
    EXPECT_EQ(parse("12345678901234.00000000"), "12345678901234.0000");
    EXPECT_EQ(parse("999999999999999999.0"), "999999999999999999");
    for (const std::string_view text :
         {"+", "-", ".", "+-1", "--1", "E5", "1E", "1E+", "1E5.0", "1E0005", "1 2", "1.2.3", "0x5", "1E-"}) {
        EXPECT_EQ(parse(text), "no number") << text;
    }
}

TEST(Decimal, WritesWhatItReads) {
    std::mt19937_64 random(12);
    char text[kMaxDecimalLength];
    for (int round = 0; round < 100000; ++round) {
        const int64_t limit = kPowersOfTen[random() % 19];
        const int64_t mantissa = static_cast<int64_t>(random() % static_cast<uint64_t>(limit)) * (random() % 2 == 0 ? 1 : -1);
        const auto scale = static_cast<uint8_t>(random() % (kMaxScale + 1));
        const int length = format_decimal(mantissa, scale, text);
        ASSERT_LE(length, kMaxDecimalLength);
        Decimal back{};
        ASSERT_EQ(parse_decimal({text, static_cast<size_t>(length)}, back), DecimalStatus::kOk);
        ASSERT_EQ(back.mantissa, mantissa);
        ASSERT_EQ(back.scale, scale);
    }
}

TEST(Decimal, WritesExactlyItsDecimals) {
    char text[kMaxDecimalLength];
    const auto format = [&text](int64_t mantissa, uint8_t scale) {
        return std::string(text, static_cast<size_t>(format_decimal(mantissa, scale, text)));
    };
    EXPECT_EQ(format(500, 3), "0.500");
    EXPECT_EQ(format(-5, 1), "-0.5");
    EXPECT_EQ(format(0, 0), "0");
    EXPECT_EQ(format(12, 0), "12");
    EXPECT_EQ(format(-kMaxMantissa, 7), "-99999999999.9999999");
    for (const int64_t power : kPowersOfTen) {
        for (const int64_t mantissa : {power - 1, power, power + 1}) {
            for (uint8_t scale = 0; scale <= kMaxScale; ++scale) {
                std::string expected = std::to_string(mantissa);
                if (expected.size() <= scale)
                    expected.insert(0, scale + 1 - expected.size(), '0');
                if (scale > 0)
                    expected.insert(expected.size() - scale, ".");
                EXPECT_EQ(format(mantissa, scale), expected);
                if (mantissa > 0) {
                    EXPECT_EQ(format(-mantissa, scale), "-" + expected);
                }
            }
        }
    }
}

} // namespace
} // namespace mdff

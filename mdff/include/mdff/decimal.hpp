#pragma once
// Exact decimals: a reading is mantissa / 10^scale, never a float (MDFF 3.3.1, App B).

#include <cstdint>
#include <span>
#include <string_view>

namespace mdff {

inline constexpr int kMaxScale = 7;                              // decimals, MDFF App B (M... units: 15.7)
inline constexpr int64_t kMaxMantissa = 999'999'999'999'999'999; // 18 significant digits

inline constexpr int64_t kPowersOfTen[19] = {1,
                                             10,
                                             100,
                                             1'000,
                                             10'000,
                                             100'000,
                                             1'000'000,
                                             10'000'000,
                                             100'000'000,
                                             1'000'000'000,
                                             10'000'000'000,
                                             100'000'000'000,
                                             1'000'000'000'000,
                                             10'000'000'000'000,
                                             100'000'000'000'000,
                                             1'000'000'000'000'000,
                                             10'000'000'000'000'000,
                                             100'000'000'000'000'000,
                                             1'000'000'000'000'000'000};

struct Decimal {
    int64_t mantissa; // |mantissa| <= kMaxMantissa
    uint8_t scale;    // 0..kMaxScale
};

enum class DecimalStatus : uint8_t {
    kOk,
    kEmpty,      // nothing there
    kNotANumber, // nothing of the forms below, or no digit at all
    kTooPrecise, // more than kMaxScale decimals or more than 18 significant digits: a finding, never a rounding
};

// Parses `[-]digits[.digits]`, also `.5`. "-0" gives mantissa 0. A plus sign, an exponent and a trailing point ("5.") are
// kNotANumber. Zeros at the end are no precision: 0.00280000000000 is 0.0028.
DecimalStatus parse_decimal(std::string_view text, Decimal &out) noexcept;

// The same, where zeros at the end count as digits: kTooPrecise may be none.
DecimalStatus parse_plain_decimal(std::string_view text, Decimal &out) noexcept;

// A number in a form that the format does not have, but that can be read exactly.
struct LooseDecimal {
    Decimal value;
    bool plus_sign;      // "+0.125"
    bool trailing_point; // "5."
    bool exponent;       // "1.2E-05"
};

// Parses `[+-]digits[.[digits]][E[+-]digits]`.
DecimalStatus parse_loose_decimal(std::string_view text, LooseDecimal &out) noexcept;

inline constexpr int kMaxDecimalLength = 21; // sign, 18 digits, "0" before the point, point

// Writes the shortest text with exactly `scale` decimals ("0.500" for 500/3); returns its length (<= kMaxDecimalLength).
int format_decimal(int64_t mantissa, uint8_t scale, char *out) noexcept;

} // namespace mdff

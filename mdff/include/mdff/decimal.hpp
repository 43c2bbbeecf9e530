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
    kNotANumber, // a character that is neither digit, one point nor a leading '-'; no digit at all; an exponent; a '+'
    kTooPrecise, // more than kMaxScale decimals or more than 18 significant digits: a finding, never a rounding
};

// Parses `[-]digits[.digits]`, also `.5`. "-0" gives mantissa 0. A trailing point ("5.") is kNotANumber.
DecimalStatus parse_decimal(std::string_view text, Decimal &out) noexcept;

inline constexpr int kMaxDecimalLength = 21; // sign, 18 digits, "0" before the point, point

// Writes the shortest text with exactly `scale` decimals ("0.500" for 500/3); returns its length (<= kMaxDecimalLength).
int format_decimal(int64_t mantissa, uint8_t scale, char *out) noexcept;

} // namespace mdff

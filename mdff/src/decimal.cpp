#include "mdff/decimal.hpp"

namespace mdff {

DecimalStatus parse_decimal(std::string_view text, Decimal &out) noexcept {
    if (text.empty())
        return DecimalStatus::kEmpty;
    const bool negative = text.front() == '-';
    if (negative)
        text.remove_prefix(1);

    int64_t mantissa = 0;
    int digits = 0;      // written
    int significant = 0; // written after the leading zeros
    int decimals = -1;   // -1: no point yet
    for (const char c : text) {
        const unsigned digit = static_cast<unsigned char>(c) - '0';
        if (digit > 9) {
            if (c != '.' || decimals >= 0)
                return DecimalStatus::kNotANumber;
            decimals = 0;
            continue;
        }
        ++digits;
        if (decimals >= 0)
            ++decimals;
        if (significant > 0 || digit != 0)
            ++significant;
        // Past 18 digits the text is only checked on, so that garbage is told from excess precision.
        if (significant <= 18)
            mantissa = mantissa * 10 + static_cast<int64_t>(digit);
    }
    if (digits == 0 || decimals == 0)
        return DecimalStatus::kNotANumber;
    if (decimals > kMaxScale || significant > 18)
        return DecimalStatus::kTooPrecise;
    out = {negative ? -mantissa : mantissa, static_cast<uint8_t>(decimals < 0 ? 0 : decimals)};
    return DecimalStatus::kOk;
}

int format_decimal(int64_t mantissa, uint8_t scale, char *out) noexcept {
    char reversed[kMaxDecimalLength];
    int length = 0;
    uint64_t rest = mantissa < 0 ? 0 - static_cast<uint64_t>(mantissa) : static_cast<uint64_t>(mantissa);
    for (int i = 0; i <= scale || rest != 0; ++i) {
        if (i == scale && scale != 0)
            reversed[length++] = '.';
        reversed[length++] = static_cast<char>('0' + rest % 10);
        rest /= 10;
    }
    char *end = out;
    if (mantissa < 0)
        *end++ = '-';
    while (length > 0)
        *end++ = reversed[--length];
    return static_cast<int>(end - out);
}

} // namespace mdff

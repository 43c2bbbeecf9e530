#include "mdff/decimal.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace mdff {

namespace {

// The digits of an unsigned number: mantissa and decimals, both exact, or what is wrong.
class Digits {
public:
    // Up to the first character that belongs to no number; returns what is left.
    std::string_view take(std::string_view text) noexcept {
        for (; !text.empty(); text.remove_prefix(1)) {
            const unsigned digit = static_cast<unsigned char>(text.front()) - '0';
            if (digit <= 9) {
                add(digit);
            } else if (text.front() == '.' && !has_point_) {
                has_point_ = true;
            } else {
                break;
            }
        }
        return text;
    }

    bool any() const noexcept { return any_; }
    bool ends_with_point() const noexcept { return has_point_ && decimals_ + zeros_after_point_ == 0; }

    // The value times 10^exponent.
    DecimalStatus result(int exponent, Decimal &out) noexcept {
        int64_t mantissa = mantissa_;
        int decimals = decimals_ - exponent;
        if (mantissa == 0) {
            out = {0, static_cast<uint8_t>(written_scale(exponent))};
            return DecimalStatus::kOk;
        }
        // Zeros that were written after the last digit that counts are kept where there is room: they are the writer's scale.
        int zeros = zeros_after_point_;
        for (; zeros > 0 && decimals < kMaxScale && mantissa <= kMaxMantissa / 10 && !overflowed_; --zeros, ++decimals)
            mantissa *= 10;
        for (; decimals < 0 && mantissa <= kMaxMantissa / 10; ++decimals)
            mantissa *= 10;
        for (; decimals > kMaxScale && mantissa % 10 == 0; --decimals)
            mantissa /= 10;
        if (overflowed_ || decimals < 0 || decimals > kMaxScale)
            return DecimalStatus::kTooPrecise;
        out = {mantissa, static_cast<uint8_t>(decimals)};
        return DecimalStatus::kOk;
    }

private:
    int64_t mantissa_ = 0;      // without the zeros that end the decimals
    int decimals_ = 0;          // of mantissa_
    int zeros_after_point_ = 0; // not yet known to be followed by another digit
    bool any_ = false, has_point_ = false, overflowed_ = false;

    void add(unsigned digit) noexcept {
        any_ = true;
        if (!has_point_)
            return append(digit);
        if (digit == 0) {
            zeros_after_point_ += zeros_after_point_ < 100'000 ? 1 : 0;
            return;
        }
        for (; zeros_after_point_ > 0; --zeros_after_point_) {
            ++decimals_;
            append(0);
        }
        ++decimals_;
        append(digit);
    }

    void append(unsigned digit) noexcept {
        if (mantissa_ > (kMaxMantissa - digit) / 10) {
            overflowed_ = true;
        } else {
            mantissa_ = mantissa_ * 10 + digit;
        }
    }

    int written_scale(int exponent) const noexcept {
        const int written = decimals_ + zeros_after_point_ - exponent;
        return written < 0 ? 0 : written > kMaxScale ? kMaxScale : written;
    }
};

// `E[+-]digits` in `text`; false when it is something else. Beyond three digits no number has room.
bool parse_exponent(std::string_view text, int &out) noexcept {
    if (text.size() < 2 || (text.front() != 'E' && text.front() != 'e'))
        return false;
    text.remove_prefix(1);
    const bool negative = text.front() == '-';
    if (negative || text.front() == '+')
        text.remove_prefix(1);
    if (text.empty() || text.size() > 3)
        return false;
    int number = 0;
    for (const char c : text) {
        if (c < '0' || c > '9')
            return false;
        number = number * 10 + (c - '0');
    }
    out = negative ? -number : number;
    return true;
}

} // namespace

DecimalStatus parse_plain_decimal(std::string_view text, Decimal &out) noexcept {
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

DecimalStatus parse_decimal(std::string_view text, Decimal &out) noexcept {
    const DecimalStatus status = parse_plain_decimal(text, out);
    if (status != DecimalStatus::kTooPrecise)
        return status;
    LooseDecimal loose{};
    const DecimalStatus without_zeros = parse_loose_decimal(text, loose);
    if (without_zeros == DecimalStatus::kOk)
        out = loose.value;
    return without_zeros;
}

DecimalStatus parse_loose_decimal(std::string_view text, LooseDecimal &out) noexcept {
    if (text.empty())
        return DecimalStatus::kEmpty;
    out = {};
    const bool negative = text.front() == '-';
    out.plus_sign = text.front() == '+';
    if (negative || out.plus_sign)
        text.remove_prefix(1);
    Digits digits;
    const std::string_view rest = digits.take(text);
    int exponent = 0;
    out.exponent = !rest.empty();
    if (!digits.any() || (out.exponent && !parse_exponent(rest, exponent)))
        return DecimalStatus::kNotANumber;
    out.trailing_point = digits.ends_with_point();
    const DecimalStatus status = digits.result(exponent, out.value);
    if (negative)
        out.value.mantissa = -out.value.mantissa;
    return status;
}

namespace {

// The numbers 00 to 99 as text: two digits for one division.
struct Pairs {
    char text[200];
    constexpr Pairs() : text() {
        for (int i = 0; i < 100; ++i) {
            text[2 * i] = static_cast<char>('0' + i / 10);
            text[2 * i + 1] = static_cast<char>('0' + i % 10);
        }
    }
};
constexpr Pairs kPairs;

int count_digits(uint64_t value) noexcept {
    const int about = (64 - std::countl_zero(value | 1)) * 1233 >> 12; // its bits by log10(2): the digits, or one fewer
    return about + (about <= 18 && value >= static_cast<uint64_t>(kPowersOfTen[about]) ? 1 : 0);
}

// The last `count` digits of `value` to out, zeros in front.
void write_digits(uint64_t value, int count, char *out) noexcept {
    char *end = out + count;
    for (; end - out >= 2; value /= 100) {
        end -= 2;
        std::memcpy(end, kPairs.text + 2 * (value % 100), 2);
    }
    if (end != out)
        *out = static_cast<char>('0' + value % 10);
}

} // namespace

int format_decimal(int64_t mantissa, uint8_t scale, char *out) noexcept {
    char *at = out;
    if (mantissa < 0)
        *at++ = '-';
    const uint64_t value = mantissa < 0 ? 0 - static_cast<uint64_t>(mantissa) : static_cast<uint64_t>(mantissa);
    const int digits = std::max(count_digits(value), scale + 1);
    if (scale == 0) {
        write_digits(value, digits, at);
        return static_cast<int>(at - out) + digits;
    }
    // All digits behind the place of one character, then those before the point take that place, and the point theirs.
    write_digits(value, digits, at + 1);
    const int before_point = digits - scale;
    for (int i = 0; i < before_point; ++i)
        at[i] = at[i + 1];
    at[before_point] = '.';
    return static_cast<int>(at - out) + digits + 1;
}

} // namespace mdff

#include "pg/numeric_image.hpp"

#include "mdff/decimal.hpp"

namespace nem12::pg {
namespace {

// The short form on disk (numeric.c, since 9.1): flag, sign, 6 bits of display scale, 7 bits of weight; then digits of
// base 10000, most significant first, none of them zero at either end. pg_upgrade keeps it what it is.
constexpr uint16_t kShort = 0x8000;
constexpr uint16_t kNegative = 0x2000;
constexpr int kScaleShift = 7;
constexpr uint16_t kWeightMask = 0x7f; // two's complement
constexpr int kDigitDecimals = 4;
constexpr uint64_t kBase = 10000;
constexpr uint64_t kLargest = 1'000'000'000'000'000; // times 10^3, to fill the last digit, it still fits 64 bits
constexpr int kMaxDigits = 5;

struct Layout {
    int32 varlena_header;
    uint16_t header;
    uint16_t digits[kMaxDigits];
};
static_assert(sizeof(Layout) <= sizeof(NumericImage));

void write_headers(Layout *out, int64_t mantissa, int scale, int weight, int digit_count) {
    out->header =
        static_cast<uint16_t>(kShort | (mantissa < 0 ? kNegative : 0) | scale << kScaleShift | (weight & kWeightMask));
    SET_VARSIZE(out, offsetof(Layout, digits) + static_cast<size_t>(digit_count) * sizeof(uint16_t));
}

} // namespace

Numeric write_numeric(int64_t mantissa, int scale, NumericImage &image) {
    uint64_t rest = mantissa < 0 ? -static_cast<uint64_t>(mantissa) : static_cast<uint64_t>(mantissa);
    if (rest > kLargest)
        return int64_div_fast_to_numeric(mantissa, scale);
    const int fraction_digits = (scale + kDigitDecimals - 1) / kDigitDecimals;
    rest *= static_cast<uint64_t>(mdff::kPowersOfTen[fraction_digits * kDigitDecimals - scale]);
    auto *out = reinterpret_cast<Layout *>(image.bytes);
    if (rest < kBase * kBase) {
        // What meters measure: at most two digits, found without a loop.
        const auto high = static_cast<uint16_t>(rest / kBase);
        const auto low = static_cast<uint16_t>(rest % kBase);
        out->digits[0] = high != 0 ? high : low;
        out->digits[1] = low;
        write_headers(out, mantissa, scale, rest == 0 ? 0 : (high != 0) - fraction_digits, (high != 0) + (low != 0));
        return reinterpret_cast<Numeric>(out);
    }
    uint16_t digits[2 * kMaxDigits]; // copied as a whole, so that the copy has a fixed size
    int first = kMaxDigits;
    int end = kMaxDigits;
    for (; rest != 0; rest /= kBase) {
        digits[--first] = static_cast<uint16_t>(rest % kBase);
        if (digits[first] == 0 && first + 1 == end)
            --end; // zeros at the end are not stored
    }
    memcpy(out->digits, digits + first, sizeof out->digits);
    write_headers(out, mantissa, scale, kMaxDigits - first - fraction_digits - 1, end - first);
    return reinterpret_cast<Numeric>(out);
}

} // namespace nem12::pg

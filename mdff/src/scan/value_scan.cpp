#include "scan/value_scan.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "cpu/swar.hpp"
#include "scan/value_scan_levels.hpp"

namespace mdff {

namespace {

// One value of 1..8 characters that has eight readable bytes before its end.
bool convert_short(const char *end, unsigned length, int64_t &mantissa, int8_t &decimals) noexcept {
    const unsigned unused = 8 * (8 - length); // bits of what stands before the value
    const uint64_t word = swar::load(end - 8);
    const uint64_t points = swar::bytes_equal(word, '.') >> unused << unused;
    uint64_t digits = swar::digit_values(word) >> unused << unused;
    if (points == 0) {
        decimals = -1;
    } else {
        const unsigned point = static_cast<unsigned>(std::countr_zero(points)) / 8; // byte of the first point
        if (point == 7)
            return false; // "5."
        decimals = static_cast<int8_t>(7 - point);
        const uint64_t before = (uint64_t{1} << (8 * point)) - 1;
        // Closes the gap: what stands before the point moves up by one byte. A second point stays and is no digit.
        const uint64_t after = ~uint64_t{0} << (8 * (point + 1));
        digits = (digits & after) | ((digits & before) << 8);
    }
    if (!swar::all_digits(digits))
        return false;
    mantissa = static_cast<int64_t>(swar::number(digits));
    return true;
}

struct Kernels {
    decltype(find_separators_portable) *find_separators;
    decltype(scan_values_portable) *scan_values;
};

constexpr Kernels kKernels[] = {
    {find_separators_portable, scan_values_portable},
#ifdef MDFF_AVX2
    {find_separators_avx2, scan_values_avx2},
#endif
};

} // namespace

void find_separators(std::string_view line, Separators &out) noexcept { kernels_of(kKernels).find_separators(line, out); }

bool scan_values(const char *line, const uint16_t *separators, int count, ScannedValues &out) noexcept {
    return kernels_of(kKernels).scan_values(line, separators, count, out);
}

bool scan_value(std::string_view text, int64_t &mantissa, int8_t &decimals) noexcept {
    Decimal decimal{};
    if (text.size() > 16 || text.starts_with('-') || parse_plain_decimal(text, decimal) != DecimalStatus::kOk)
        return false;
    mantissa = decimal.mantissa;
    decimals = decimal.scale == 0 ? int8_t{-1} : static_cast<int8_t>(decimal.scale);
    return true;
}

void find_separators_portable(std::string_view line, Separators &out) noexcept {
    const char *const text = line.data();
    int count = 0;
    size_t i = 0;
    for (; i + 8 <= line.size() && count < Separators::kMax; i += 8) {
        for (uint64_t commas = swar::bytes_equal(swar::load(text + i), ','); commas != 0; commas &= commas - 1) {
            out.at[count++] = static_cast<uint16_t>(i + static_cast<unsigned>(std::countr_zero(commas)) / 8);
        }
    }
    for (; i < line.size() && count < Separators::kMax; ++i) {
        if (text[i] == ',')
            out.at[count++] = static_cast<uint16_t>(i);
    }
    out.complete = count < Separators::kMax;
    if (out.complete)
        out.at[count++] = static_cast<uint16_t>(line.size());
    out.count = std::min(count, Separators::kMax);
}

bool scan_values_portable(const char *line, const uint16_t *separators, int count, ScannedValues &out) noexcept {
    for (int i = 0; i < count; ++i) {
        const unsigned start = separators[i] + 1U;
        const unsigned end = separators[i + 1];
        const unsigned length = end - start;
        const bool converted = length - 1U < 8U && end >= 8
                                   ? convert_short(line + end, length, out.mantissas[i], out.decimals[i])
                                   : scan_value({line + start, length}, out.mantissas[i], out.decimals[i]);
        if (!converted)
            return false;
    }
    return true;
}

bool align_scales(std::span<int64_t> mantissas, int8_t *decimals, uint8_t &scale) noexcept {
    const size_t count = mantissas.size();
    int most = decimals[0];
    // Nearly every day is written with the same decimals throughout; comparing the list with itself, moved by one, shows it.
    if (std::memcmp(decimals, decimals + 1, count - 1) != 0) {
        const auto factor = [&](size_t i) { return kPowersOfTen[most - std::max<int>(decimals[i], 0)]; };
        const auto fit = [&] {
            most = std::max<int>(*std::max_element(decimals, decimals + count), 0);
            for (size_t i = 0; i < count; ++i) {
                const int64_t limit = kMaxMantissa / factor(i);
                if (mantissas[i] > limit || mantissas[i] < -limit)
                    return false;
            }
            return true;
        };
        if (!fit()) {
            for (size_t i = 0; i < count; ++i) {
                for (; decimals[i] > 0 && mantissas[i] % 10 == 0; --decimals[i])
                    mantissas[i] /= 10;
            }
            if (!fit())
                return false;
        }
        for (size_t i = 0; i < count; ++i)
            mantissas[i] *= factor(i);
    }
    most = std::max(most, 0);
    // The first value with a last digit other than zero ends this, which is nearly always one of the first few.
    const auto divisible = [](int64_t mantissa) { return mantissa % 10 == 0; };
    while (most > 0 && std::all_of(mantissas.begin(), mantissas.end(), divisible)) {
        for (int64_t &mantissa : mantissas)
            mantissa /= 10;
        --most;
    }
    scale = static_cast<uint8_t>(most);
    return true;
}

} // namespace mdff

#include "scan/value_scan_levels.hpp"

#ifdef MDFF_AVX2

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace mdff {

namespace {

// How to turn the 16 bytes that end where a value ends into 16 digits: what stands before the value becomes zero (0x80),
// the point goes and what stands before it moves up. Row length * 16 + position of the point, where a position equal to the
// length means no point. Values with a point that is misplaced ("5.", more than kMaxScale decimals) keep it, which makes
// them no digits.
using Shuffle = std::array<uint8_t, 16>;

constexpr std::array<Shuffle, 17 * 16 + 1> make_shuffles() {
    std::array<Shuffle, 17 * 16 + 1> table{};
    for (int length = 1; length <= 16; ++length) {
        for (int point = 0; point <= length; ++point) {
            const int decimals = length - 1 - point;
            const bool remove = point < length && decimals >= 1 && decimals <= kMaxScale;
            Shuffle &shuffle = table[static_cast<size_t>(length * 16 + point)];
            for (int i = 0; i < 16; ++i) {
                const int source = remove && i <= 15 - decimals ? i - 1 : i;
                shuffle[static_cast<size_t>(i)] = static_cast<uint8_t>(source >= 16 - length ? source : 0x80);
            }
        }
    }
    return table;
}

alignas(64) constexpr auto kShuffles = make_shuffles();

// Position of the point in a value that ends where `points`, the points of the 16 bytes before, ends; its length if it has
// none.
MDFF_AVX2 inline uint32_t point_in(uint32_t points, uint32_t length) noexcept {
    return _tzcnt_u32((points >> (16 - length)) | (1U << length));
}

MDFF_AVX2 inline __m128i load16(const char *from) noexcept { return _mm_loadu_si128(reinterpret_cast<const __m128i *>(from)); }

MDFF_AVX2 inline __m256i load_pair(const char *low, const char *high) noexcept {
    return _mm256_inserti128_si256(_mm256_castsi128_si256(load16(low)), load16(high), 1);
}

MDFF_AVX2 inline __m256i shuffle_pair(uint32_t low, uint32_t high) noexcept {
    return load_pair(reinterpret_cast<const char *>(kShuffles[low].data()),
                     reinterpret_cast<const char *>(kShuffles[high].data()));
}

MDFF_AVX2 inline uint64_t commas_in(const char *from) noexcept {
    const __m256i comma = _mm256_set1_epi8(',');
    const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(from));
    const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(from + 32));
    return static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, comma))) |
           static_cast<uint64_t>(static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, comma)))) << 32;
}

} // namespace

MDFF_AVX2 void find_separators_avx2(std::string_view line, Separators &out) noexcept {
    // Positions are written in groups of four whether there are as many or not: a branch for each would be guessed wrong.
    constexpr int kGroup = 4;
    int count = 0;
    size_t block = 0;
    char padded[64];
    for (; block < line.size() && count < Separators::kMax; block += 64) {
        const char *from = line.data() + block;
        if (line.size() - block < 64) {
            std::memset(padded, 0, sizeof padded);
            std::memcpy(padded, from, line.size() - block);
            from = padded;
        }
        uint64_t commas = commas_in(from);
        const int found = std::popcount(commas);
        uint16_t *at = out.at + count;
        for (int written = 0; written < found; written += kGroup) {
            for (int i = 0; i < kGroup; ++i) {
                *at++ = static_cast<uint16_t>(block + _tzcnt_u64(commas));
                commas = _blsr_u64(commas);
            }
        }
        count += found;
    }
    out.complete = count < Separators::kMax;
    if (out.complete)
        out.at[count++] = static_cast<uint16_t>(line.size());
    out.count = std::min(count, Separators::kMax);
}

MDFF_AVX2 bool scan_values_avx2(const char *line, const uint16_t *separators, int count, ScannedValues &out) noexcept {
    int i = 0;
    const auto scan_one = [&]() noexcept {
        const unsigned start = separators[i] + 1U;
        if (!scan_value({line + start, separators[i + 1] - start}, out.mantissas[i], out.decimals[i]))
            return false;
        ++i;
        return true;
    };
    while (i < count && separators[i + 1] < 16) {
        if (!scan_one())
            return false;
    }

    const __m256i zero = _mm256_set1_epi8('0');
    const __m256i point = _mm256_set1_epi8('.');
    const __m256i by_ten = _mm256_set1_epi16(0x010A);         // digit pairs: 10, 1
    const __m256i by_hundred = _mm256_set1_epi32(0x00010064); // fours: 100, 1
    const __m256i by_myriad = _mm256_set1_epi32(0x00012710);  // eights: 10000, 1
    const __m256i by_eight = _mm256_set1_epi64x(100'000'000);
    __m256i largest_digit = _mm256_setzero_si256();

    for (; i + 4 <= count; i += 4) {
        // Four named variables each, not arrays: the compiler would move those through memory.
        const uint32_t end0 = separators[i + 1], end1 = separators[i + 2], end2 = separators[i + 3], end3 = separators[i + 4];
        const uint32_t length0 = end0 - separators[i] - 1, length1 = end1 - end0 - 1;
        const uint32_t length2 = end2 - end1 - 1, length3 = end3 - end2 - 1;
        // 1..16 -> 0..15
        if (((length0 - 1) | (length1 - 1) | (length2 - 1) | (length3 - 1)) > 15)
            return false;

        const __m256i first = load_pair(line + end0 - 16, line + end1 - 16);
        const __m256i second = load_pair(line + end2 - 16, line + end3 - 16);
        const auto points_first = static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(first, point)));
        const auto points_second = static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(second, point)));
        const uint32_t point0 = point_in(points_first & 0xFFFF, length0), point1 = point_in(points_first >> 16, length1);
        const uint32_t point2 = point_in(points_second & 0xFFFF, length2), point3 = point_in(points_second >> 16, length3);
        out.decimals[i] = static_cast<int8_t>(length0 - 1 - point0);
        out.decimals[i + 1] = static_cast<int8_t>(length1 - 1 - point1);
        out.decimals[i + 2] = static_cast<int8_t>(length2 - 1 - point2);
        out.decimals[i + 3] = static_cast<int8_t>(length3 - 1 - point3);

        const __m256i shuffle_first = shuffle_pair(length0 * 16 + point0, length1 * 16 + point1);
        const __m256i shuffle_second = shuffle_pair(length2 * 16 + point2, length3 * 16 + point3);
        const __m256i digits_first = _mm256_shuffle_epi8(_mm256_sub_epi8(first, zero), shuffle_first);
        const __m256i digits_second = _mm256_shuffle_epi8(_mm256_sub_epi8(second, zero), shuffle_second);
        largest_digit = _mm256_max_epu8(largest_digit, _mm256_max_epu8(digits_first, digits_second));

        const __m256i fours_first = _mm256_madd_epi16(_mm256_maddubs_epi16(digits_first, by_ten), by_hundred);
        const __m256i fours_second = _mm256_madd_epi16(_mm256_maddubs_epi16(digits_second, by_ten), by_hundred);
        // Lanes now hold values 0 and 2, 1 and 3, each as two halves of eight digits.
        const __m256i eights = _mm256_madd_epi16(_mm256_packus_epi32(fours_first, fours_second), by_myriad);
        const __m256i values = _mm256_add_epi64(_mm256_mul_epu32(eights, by_eight), _mm256_srli_epi64(eights, 32));
        _mm256_storeu_si256(reinterpret_cast<__m256i *>(out.mantissas + i), _mm256_permute4x64_epi64(values, 0b11'01'10'00));
    }
    while (i < count) {
        if (!scan_one())
            return false;
    }
    const __m256i not_digits = _mm256_subs_epu8(largest_digit, _mm256_set1_epi8(9));
    return _mm256_testz_si256(not_digits, not_digits) != 0;
}

} // namespace mdff

#endif

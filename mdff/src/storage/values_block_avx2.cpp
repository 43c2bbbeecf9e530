#include "storage/values_block.hpp"

#ifdef MDFF_AVX2

#include <algorithm>
#include <array>
#include <immintrin.h>

namespace mdff {

namespace {

// Four values of up to 25 bits, started on a nibble, lie in 16 bytes, and each of them within four of these.
constexpr int kMaxUnpackWidth = 25;
// Four values of up to 16 bits make one word.
constexpr int kMaxPackWidth = 16;

// How to bring eight values into the eight 32-bit lanes: the bytes each one lies in, and the bits before it in the first.
struct Gather {
    alignas(32) std::array<uint8_t, 32> bytes;
    alignas(32) std::array<uint32_t, 8> shifts;
};

constexpr auto make_gathers() noexcept {
    std::array<Gather, kMaxUnpackWidth + 1> gathers{};
    for (uint32_t width = 0; width <= kMaxUnpackWidth; width++) {
        for (uint32_t lane = 0; lane < 8; lane++) {
            const uint32_t start = lane < 4 ? 0 : 4 * (width % 2); // the second four start inside a byte when the width is odd
            const uint32_t bit = start + lane % 4 * width;
            for (uint32_t byte = 0; byte < 4; byte++) {
                const uint32_t from = bit / 8 + byte;
                gathers[width].bytes[lane * 4 + byte] = static_cast<uint8_t>(from < 16 ? from : 0x80); // 0x80 gives zero
            }
            gathers[width].shifts[lane] = bit % 8;
        }
    }
    return gathers;
}

constexpr auto kGathers = make_gathers();

struct Residuals {
    __m256i low, high; // values 0-7 and 8-15
};

MDFF_AVX2 inline __m256i load_halves(const std::byte *low, const std::byte *high) noexcept {
    return _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i *>(low))),
                                   _mm_loadu_si128(reinterpret_cast<const __m128i *>(high)), 1);
}

MDFF_AVX2 inline Residuals unpack_residuals(const PackedBlock &block) noexcept {
    const auto width = static_cast<size_t>(block.width);
    const std::byte *from = block.packed;
    std::byte copy[(3 * kMaxUnpackWidth) / 2 + 16];
    if (block.readable < 3 * width / 2 + 16) { // near the end of the image
        std::memset(copy, 0, sizeof copy);
        std::memcpy(copy, from, packed_size(block.width));
        from = copy;
    }
    const Gather &gather = kGathers[width];
    const __m256i bytes = _mm256_load_si256(reinterpret_cast<const __m256i *>(gather.bytes.data()));
    const __m256i shifts = _mm256_load_si256(reinterpret_cast<const __m256i *>(gather.shifts.data()));
    const __m256i mask = _mm256_set1_epi32(static_cast<int>((uint32_t{1} << width) - 1));
    const __m256i low = _mm256_shuffle_epi8(load_halves(from, from + width / 2), bytes);
    const __m256i high = _mm256_shuffle_epi8(load_halves(from + width, from + 3 * width / 2), bytes);
    return {_mm256_and_si256(_mm256_srlv_epi32(low, shifts), mask), _mm256_and_si256(_mm256_srlv_epi32(high, shifts), mask)};
}

MDFF_AVX2 inline void store_widened(__m128i residuals, __m256i reference, int64_t *out) noexcept {
    _mm256_storeu_si256(reinterpret_cast<__m256i *>(out), _mm256_add_epi64(_mm256_cvtepu32_epi64(residuals), reference));
}

MDFF_AVX2 void unpack(const PackedBlock &block, int64_t *out) noexcept {
    if (block.width > kMaxUnpackWidth) {
        kPortableKernels.unpack(block, out);
        return;
    }
    const Residuals residuals = unpack_residuals(block);
    const __m256i reference = _mm256_set1_epi64x(block.reference);
    store_widened(_mm256_castsi256_si128(residuals.low), reference, out);
    store_widened(_mm256_extracti128_si256(residuals.low, 1), reference, out + 4);
    store_widened(_mm256_castsi256_si128(residuals.high), reference, out + 8);
    store_widened(_mm256_extracti128_si256(residuals.high, 1), reference, out + 12);
}

MDFF_AVX2 inline __m128i fold_pairs(__m128i lanes) noexcept { return _mm_shuffle_epi32(lanes, _MM_SHUFFLE(1, 0, 3, 2)); }
MDFF_AVX2 inline __m128i fold_lanes(__m128i lanes) noexcept { return _mm_shuffle_epi32(lanes, _MM_SHUFFLE(2, 3, 0, 1)); }

MDFF_AVX2 void summarize(const PackedBlock &block, ValuesSummary &out) noexcept {
    if (block.width > kMaxUnpackWidth) {
        kPortableKernels.summarize(block, out);
        return;
    }
    const Residuals residuals = unpack_residuals(block);
    const __m256i sums = _mm256_add_epi32(residuals.low, residuals.high); // sixteen times 25 bits fit 32
    const __m256i leasts = _mm256_min_epu32(residuals.low, residuals.high);
    const __m256i mosts = _mm256_max_epu32(residuals.low, residuals.high);
    __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
    __m128i least = _mm_min_epu32(_mm256_castsi256_si128(leasts), _mm256_extracti128_si256(leasts, 1));
    __m128i most = _mm_max_epu32(_mm256_castsi256_si128(mosts), _mm256_extracti128_si256(mosts, 1));
    sum = _mm_add_epi32(sum, fold_pairs(sum));
    least = _mm_min_epu32(least, fold_pairs(least));
    most = _mm_max_epu32(most, fold_pairs(most));
    sum = _mm_add_epi32(sum, fold_lanes(sum));
    least = _mm_min_epu32(least, fold_lanes(least));
    most = _mm_max_epu32(most, fold_lanes(most));
    out.sum += static_cast<__int128>(block.reference) * kValuesBlock + static_cast<uint32_t>(_mm_cvtsi128_si32(sum));
    out.min = std::min(out.min, block.reference + _mm_cvtsi128_si32(least));
    out.max = std::max(out.max, block.reference + _mm_cvtsi128_si32(most));
}

MDFF_AVX2 inline __m256i load_four(const int64_t *values) noexcept {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i *>(values));
}

MDFF_AVX2 inline __m256i lesser(__m256i a, __m256i b) noexcept { return _mm256_blendv_epi8(a, b, _mm256_cmpgt_epi64(a, b)); }
MDFF_AVX2 inline __m256i greater(__m256i a, __m256i b) noexcept { return _mm256_blendv_epi8(b, a, _mm256_cmpgt_epi64(a, b)); }

MDFF_AVX2 void range(const int64_t *values, int64_t &least, int64_t &most) noexcept {
    const __m256i a = load_four(values);
    const __m256i b = load_four(values + 4);
    const __m256i c = load_four(values + 8);
    const __m256i d = load_four(values + 12);
    alignas(32) int64_t leasts[4];
    alignas(32) int64_t mosts[4];
    _mm256_store_si256(reinterpret_cast<__m256i *>(leasts), lesser(lesser(a, b), lesser(c, d)));
    _mm256_store_si256(reinterpret_cast<__m256i *>(mosts), greater(greater(a, b), greater(c, d)));
    least = std::min(std::min(leasts[0], leasts[1]), std::min(leasts[2], leasts[3]));
    most = std::max(std::max(mosts[0], mosts[1]), std::max(mosts[2], mosts[3]));
}

MDFF_AVX2 void pack(const int64_t *values, int64_t reference, int width, std::byte *out) noexcept {
    if (width > kMaxPackWidth) {
        kPortableKernels.pack(values, reference, width, out);
        return;
    }
    const __m256i minus = _mm256_set1_epi64x(reference);
    const __m256i places = _mm256_set_epi64x(3 * width, 2 * width, width, 0);
    const __m256i a = _mm256_sllv_epi64(_mm256_sub_epi64(load_four(values), minus), places);
    const __m256i b = _mm256_sllv_epi64(_mm256_sub_epi64(load_four(values + 4), minus), places);
    const __m256i c = _mm256_sllv_epi64(_mm256_sub_epi64(load_four(values + 8), minus), places);
    const __m256i d = _mm256_sllv_epi64(_mm256_sub_epi64(load_four(values + 12), minus), places);
    // The four lanes of each made one word: transposed and joined.
    const __m256i ab = _mm256_or_si256(_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b));
    const __m256i cd = _mm256_or_si256(_mm256_unpacklo_epi64(c, d), _mm256_unpackhi_epi64(c, d));
    const __m256i words = _mm256_or_si256(_mm256_permute2x128_si256(ab, cd, 0x20), _mm256_permute2x128_si256(ab, cd, 0x31));
    // Two words make one piece of 8 * width bits: the odd one goes up by 4 * width, across the two halves. Shifts by 64 give 0.
    const __m256i odd = _mm256_unpackhi_epi64(words, words);
    const __m256i up = _mm256_set_epi64x(64, 4 * width, 64, 4 * width);
    const __m256i down = _mm256_set_epi64x(64 - 4 * width, 64, 64 - 4 * width, 64);
    const __m256i even = _mm256_unpacklo_epi64(words, _mm256_setzero_si256());
    const __m256i pieces = _mm256_or_si256(even, _mm256_or_si256(_mm256_sllv_epi64(odd, up), _mm256_srlv_epi64(odd, down)));
    // Excess bytes are overwritten by the next store, or lie in the slack.
    _mm_storeu_si128(reinterpret_cast<__m128i *>(out), _mm256_castsi256_si128(pieces));
    _mm_storeu_si128(reinterpret_cast<__m128i *>(out + width), _mm256_extracti128_si256(pieces, 1));
}

} // namespace

const BlockKernels kAvx2Kernels = {unpack, summarize, range, pack};

} // namespace mdff

#endif

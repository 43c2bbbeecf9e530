#include "storage/values_block.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace mdff {

namespace {

// A width has its own unrolled pair of functions: all shifts and masks are constants, and the words stay in registers.
constexpr int kMaxUnrolledWidth = 32;

template <int Width>
struct Unrolled {
    static constexpr size_t kWholeWords = packed_size(Width) / 8;
    static constexpr size_t kRest = packed_size(Width) % 8;
    static constexpr uint64_t kMask = (uint64_t{1} << Width) - 1;
    using Words = std::array<uint64_t, kWholeWords + 1>;

    template <size_t Index>
    static int64_t get(const Words &words) noexcept {
        constexpr size_t kBit = Index * Width;
        constexpr size_t kWord = kBit / 64;
        constexpr size_t kShift = kBit % 64;
        uint64_t bits = words[kWord] >> kShift;
        if constexpr (kShift + Width > 64) {
            bits |= words[kWord + 1] << (64 - kShift);
        }
        return static_cast<int64_t>(bits & kMask);
    }

    template <size_t Index>
    static void put(Words &words, int64_t residual) noexcept {
        constexpr size_t kBit = Index * Width;
        constexpr size_t kWord = kBit / 64;
        constexpr size_t kShift = kBit % 64;
        words[kWord] |= static_cast<uint64_t>(residual) << kShift;
        if constexpr (kShift + Width > 64) {
            words[kWord + 1] |= static_cast<uint64_t>(residual) >> (64 - kShift);
        }
    }

    template <size_t... Index>
    static void get_all(const Words &words, int64_t reference, int64_t *out, std::index_sequence<Index...>) noexcept {
        ((out[Index] = reference + get<Index>(words)), ...);
    }

    template <size_t... Index>
    static void put_all(Words &words, const int64_t *values, int64_t reference, std::index_sequence<Index...>) noexcept {
        (put<Index>(words, values[Index] - reference), ...);
    }

    static void unpack(const std::byte *packed, int64_t reference, int64_t *out) noexcept {
        Words words{};
        for (size_t i = 0; i < kWholeWords; i++) {
            words[i] = load_le<8>(packed + 8 * i);
        }
        words[kWholeWords] = load_le<kRest>(packed + 8 * kWholeWords);
        get_all(words, reference, out, std::make_index_sequence<kValuesBlock>{});
    }

    static void pack(const int64_t *values, int64_t reference, std::byte *out) noexcept {
        Words words{};
        put_all(words, values, reference, std::make_index_sequence<kValuesBlock>{});
        for (size_t i = 0; i < kWholeWords; i++) {
            store_le<8>(words[i], out + 8 * i);
        }
        store_le<kRest>(words[kWholeWords], out + 8 * kWholeWords);
    }
};

template <size_t... Width>
constexpr auto make_unpack_table(std::index_sequence<Width...>) noexcept {
    return std::array{Unrolled<static_cast<int>(Width)>::unpack...};
}

template <size_t... Width>
constexpr auto make_pack_table(std::index_sequence<Width...>) noexcept {
    return std::array{Unrolled<static_cast<int>(Width)>::pack...};
}

using UnrolledWidths = std::make_index_sequence<kMaxUnrolledWidth + 1>;
constexpr auto kUnpackTable = make_unpack_table(UnrolledWidths{});
constexpr auto kPackTable = make_pack_table(UnrolledWidths{});

void unpack(const PackedBlock &block, int64_t *out) noexcept {
    if (block.width <= kMaxUnrolledWidth) {
        kUnpackTable[static_cast<size_t>(block.width)](block.packed, block.reference, out);
        return;
    }
    for (int i = 0; i < kValuesBlock; i++) {
        out[i] = block.reference + static_cast<int64_t>(unpack_one(block.packed, block.width, i));
    }
}

void summarize(const PackedBlock &block, ValuesSummary &out) noexcept {
    int64_t values[kValuesBlock];
    unpack(block, values);
    for (const int64_t value : values) {
        out.sum += value;
        out.min = std::min(out.min, value);
        out.max = std::max(out.max, value);
    }
}

void range(const int64_t *values, int64_t &least, int64_t &most) noexcept {
    least = most = values[0];
    for (int i = 1; i < kValuesBlock; i++) {
        least = std::min(least, values[i]);
        most = std::max(most, values[i]);
    }
}

void pack(const int64_t *values, int64_t reference, int width, std::byte *out) noexcept {
    if (width <= kMaxUnrolledWidth) {
        kPackTable[static_cast<size_t>(width)](values, reference, out);
        return;
    }
    int bits = 0; // waiting in `word`
    unsigned __int128 word = 0;
    for (int i = 0; i < kValuesBlock; i++) {
        word |= static_cast<unsigned __int128>(static_cast<uint64_t>(values[i] - reference)) << bits;
        for (bits += width; bits >= 8; bits -= 8) {
            *out++ = static_cast<std::byte>(word);
            word >>= 8;
        }
    }
}

} // namespace

const BlockKernels kPortableKernels = {unpack, summarize, range, pack};

const BlockKernels &block_kernels() noexcept {
    constexpr const BlockKernels *kKernels[] = {
        &kPortableKernels,
#ifdef MDFF_AVX2
        &kAvx2Kernels,
#endif
    };
    return *kernels_of(kKernels);
}

uint64_t unpack_one(const std::byte *packed, int width, int index) noexcept {
    const auto first_bit = static_cast<size_t>(width) * static_cast<size_t>(index);
    const size_t first = first_bit / 8;
    const size_t end = std::min(first + 9, packed_size(width)); // 7 bits before it and 61 of it need nine bytes
    unsigned __int128 word = 0;
    for (size_t i = first; i < end; i++) {
        word |= static_cast<unsigned __int128>(std::to_integer<uint8_t>(packed[i])) << (8 * (i - first));
    }
    return static_cast<uint64_t>(word >> (first_bit % 8)) & ((uint64_t{1} << width) - 1);
}

} // namespace mdff

#include "values_block.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace mdff::detail {

namespace {

// Every width has its own unrolled pair of functions: all shifts and masks are constants, and the words stay in registers.
template <int Width> struct Narrow {
    static constexpr size_t kBytes = packed_size(Width);
    static constexpr size_t kWholeWords = kBytes / 8;
    static constexpr size_t kRest = kBytes % 8;
    static constexpr uint64_t kMask = (uint64_t{1} << Width) - 1;
    using Words = std::array<uint64_t, kWholeWords + 1>;

    template <size_t Index> static uint32_t get(const Words &words) noexcept {
        constexpr size_t kBit = Index * Width;
        constexpr size_t kWord = kBit / 64;
        constexpr size_t kShift = kBit % 64;
        uint64_t bits = words[kWord] >> kShift;
        if constexpr (kShift + Width > 64) {
            bits |= words[kWord + 1] << (64 - kShift);
        }
        return static_cast<uint32_t>(bits & kMask);
    }

    template <size_t Index> static void put(Words &words, uint64_t residual) noexcept {
        constexpr size_t kBit = Index * Width;
        constexpr size_t kWord = kBit / 64;
        constexpr size_t kShift = kBit % 64;
        words[kWord] |= residual << kShift;
        if constexpr (kShift + Width > 64) {
            words[kWord + 1] |= residual >> (64 - kShift);
        }
    }

    template <size_t... Index>
    static void unpack_all(const Words &words, uint32_t *residuals, std::index_sequence<Index...>) noexcept {
        ((residuals[Index] = get<Index>(words)), ...);
    }

    template <size_t... Index>
    static void pack_all(Words &words, const uint32_t *residuals, std::index_sequence<Index...>) noexcept {
        (put<Index>(words, residuals[Index]), ...);
    }

    static void unpack(const std::byte *packed, uint32_t *residuals) noexcept {
        Words words{};
        for (size_t i = 0; i < kWholeWords; i++) {
            words[i] = load_le<8>(packed + 8 * i);
        }
        words[kWholeWords] = load_le<kRest>(packed + 8 * kWholeWords);
        unpack_all(words, residuals, std::make_index_sequence<kValuesBlock>{});
    }

    static void pack(const uint32_t *residuals, std::byte *out) noexcept {
        Words words{};
        pack_all(words, residuals, std::make_index_sequence<kValuesBlock>{});
        for (size_t i = 0; i < kWholeWords; i++) {
            store_le<8>(words[i], out + 8 * i);
        }
        store_le<kRest>(words[kWholeWords], out + 8 * kWholeWords);
    }
};

using Unpack = void (*)(const std::byte *, uint32_t *) noexcept;
using Pack = void (*)(const uint32_t *, std::byte *) noexcept;

template <size_t... Width> constexpr auto make_unpack_table(std::index_sequence<Width...>) noexcept {
    return std::array<Unpack, sizeof...(Width)>{Narrow<static_cast<int>(Width)>::unpack...};
}

template <size_t... Width> constexpr auto make_pack_table(std::index_sequence<Width...>) noexcept {
    return std::array<Pack, sizeof...(Width)>{Narrow<static_cast<int>(Width)>::pack...};
}

using NarrowWidths = std::make_index_sequence<kNarrowWidth + 1>;
constexpr auto kUnpackTable = make_unpack_table(NarrowWidths{});
constexpr auto kPackTable = make_pack_table(NarrowWidths{});

} // namespace

void unpack_narrow(const std::byte *packed, int width, uint32_t *residuals) noexcept {
    kUnpackTable[static_cast<size_t>(width)](packed, residuals);
}

void pack_narrow(const uint32_t *residuals, int width, std::byte *out) noexcept {
    kPackTable[static_cast<size_t>(width)](residuals, out);
}

// Wide residuals are rare (more than eight digits apart within a block): one loop for all widths.
void unpack_wide(const std::byte *packed, int width, uint64_t *residuals) noexcept {
    for (int i = 0; i < kValuesBlock; i++) {
        residuals[i] = unpack_one(packed, width, i);
    }
}

void pack_wide(const uint64_t *residuals, int width, std::byte *out) noexcept {
    unsigned bits = 0; // waiting in `word`
    unsigned __int128 word = 0;
    for (int i = 0; i < kValuesBlock; i++) {
        word |= static_cast<unsigned __int128>(residuals[i]) << bits;
        for (bits += static_cast<unsigned>(width); bits >= 8; bits -= 8) {
            *out++ = static_cast<std::byte>(word);
            word >>= 8;
        }
    }
}

uint64_t unpack_one(const std::byte *packed, int width, int index) noexcept {
    if (width == 0) {
        return 0;
    }
    const auto first_bit = static_cast<size_t>(width) * static_cast<size_t>(index);
    const size_t first = first_bit / 8;
    const size_t end = std::min(first + 9, packed_size(width)); // 7 bits before it and 61 of it need nine bytes
    unsigned __int128 word = 0;
    for (size_t i = first; i < end; i++) {
        word |= static_cast<unsigned __int128>(std::to_integer<uint8_t>(packed[i])) << (8 * (i - first));
    }
    return static_cast<uint64_t>(word >> (first_bit % 8)) & ((uint64_t{1} << width) - 1);
}

} // namespace mdff::detail

#pragma once
// The work on one block of the values codec: sixteen values as residuals of one bit width. Internal to mdff; the layout is in
// values_codec.hpp. There is a set of kernels for every CPU and one for those with AVX2; both give the same bytes.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "cpu/cpu.hpp"
#include "mdff/storage/values_codec.hpp"

namespace mdff {

inline constexpr int kMaxWidth = 61; // bits of the greatest range, 2 * kMaxMantissa

constexpr size_t packed_size(int width) noexcept { return static_cast<size_t>(width) * kValuesBlock / 8; }

// A block as it stands in an image. |reference| <= kMaxMantissa, so reference + residual cannot overflow.
struct PackedBlock {
    int width; // 0..kMaxWidth
    int64_t reference;
    const std::byte *packed; // packed_size(width) bytes
    size_t readable;         // bytes from `packed` to the end of the image; no kernel reads further
};

// `values` and `out` are always kValuesBlock values.
struct BlockKernels {
    void (*unpack)(const PackedBlock &block, int64_t *out) noexcept;
    void (*summarize)(const PackedBlock &block, ValuesSummary &out) noexcept; // adds to `out`
    void (*range)(const int64_t *values, int64_t &least, int64_t &most) noexcept;
    // Writes packed_size(width) bytes to `out`; may overwrite up to kPackSlack bytes behind them.
    void (*pack)(const int64_t *values, int64_t reference, int width, std::byte *out) noexcept;
};

inline constexpr size_t kPackSlack = 16;

extern const BlockKernels kPortableKernels;
#ifdef MDFF_AVX2
extern const BlockKernels kAvx2Kernels;
#endif
const BlockKernels &block_kernels() noexcept; // those for this CPU

uint64_t unpack_one(const std::byte *packed, int width, int index) noexcept;

// The first `Size` bytes as a number, and back; little-endian whatever the machine.
template <size_t Size>
inline uint64_t load_le(const std::byte *from) noexcept {
    uint64_t word = 0;
    if constexpr (std::endian::native == std::endian::little) {
        std::memcpy(&word, from, Size);
    } else {
        for (size_t i = 0; i < Size; i++) {
            word |= static_cast<uint64_t>(from[i]) << (8 * i);
        }
    }
    return word;
}

template <size_t Size>
inline void store_le(uint64_t word, std::byte *to) noexcept {
    if constexpr (std::endian::native == std::endian::little) {
        std::memcpy(to, &word, Size);
    } else {
        for (size_t i = 0; i < Size; i++) {
            to[i] = static_cast<std::byte>(word >> (8 * i));
        }
    }
}

} // namespace mdff

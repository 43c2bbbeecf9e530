#pragma once
// One block of the values codec: sixteen residuals of one bit width. Internal to mdff; the layout is in values_codec.hpp.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "mdff/values_codec.hpp"

namespace mdff::detail {

inline constexpr int kMaxWidth = 61;    // bits of the greatest range, 2 * kMaxMantissa
inline constexpr int kNarrowWidth = 28; // up to here residuals, and their sum over a block, fit 32 bits

constexpr size_t packed_size(int width) noexcept { return static_cast<size_t>(width) * kValuesBlock / 8; }

// Narrow: width 0..kNarrowWidth; wide: up to kMaxWidth. They read and write packed_size(width) bytes and no more.
void pack_narrow(const uint32_t *residuals, int width, std::byte *out) noexcept;
void pack_wide(const uint64_t *residuals, int width, std::byte *out) noexcept;
void unpack_narrow(const std::byte *packed, int width, uint32_t *residuals) noexcept;
void unpack_wide(const std::byte *packed, int width, uint64_t *residuals) noexcept;
uint64_t unpack_one(const std::byte *packed, int width, int index) noexcept;

// The first `Size` bytes as a number, and back; little-endian whatever the machine.
template <size_t Size> inline uint64_t load_le(const std::byte *from) noexcept {
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

template <size_t Size> inline void store_le(uint64_t word, std::byte *to) noexcept {
    if constexpr (std::endian::native == std::endian::little) {
        std::memcpy(to, &word, Size);
    } else {
        for (size_t i = 0; i < Size; i++) {
            to[i] = static_cast<std::byte>(word >> (8 * i));
        }
    }
}

} // namespace mdff::detail

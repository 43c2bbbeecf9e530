#pragma once
// The bytes of one channel-day: the payload of the SQL type nem12_values. Versioned; little-endian; canonical, so equal
// days have equal bytes.
//
//   byte 0      version, 1
//   byte 1      bits 0-3 scale (0..7), bits 4-7 reserved, zero
//   byte 2-3    count of values, 1..288
//   then one block per 16 values (the last one padded with its reference):
//     byte 0    bits 0-5 width w (0..61), bits 6-7 reference size: 0 none, 1 one byte, 2 two bytes, 3 eight bytes
//     reference signed, two's complement, absent = 0; never beyond kMaxMantissa
//     2*w bytes (value - reference), w bits each, first value in the lowest bits
//
// The encoder takes the smaller of "no reference" and "reference = minimum" (ties: none); a reference has its smallest size;
// the scale is the smallest that holds all values. Zeros cost one byte a block.

#include <cstddef>
#include <cstdint>
#include <span>

#include "mdff/record.hpp"

namespace mdff {

inline constexpr uint8_t kValuesVersion = 1;
inline constexpr size_t kValuesHeaderSize = 4;
inline constexpr int kValuesBlock = 16;
inline constexpr size_t kMaxEncodedValues = kValuesHeaderSize + (kMaxIntervals / kValuesBlock) * (1 + 8 + 2 * 61);

struct ValuesHeader {
    uint8_t scale;
    uint16_t count;
};

struct ValuesSummary {
    __extension__ __int128 sum; // at the header's scale
    int64_t min;
    int64_t max;
};

// Writes the canonical bytes of `values` (1..kMaxIntervals of |v| <= kMaxMantissa) to `out` (>= kMaxEncodedValues) and returns
// their number. Reduces the scale as far as every value stays exact.
size_t encode_values(std::span<const int64_t> values, uint8_t scale, std::span<std::byte> out) noexcept;

// False when the bytes are not a whole, canonical version-1 image. Trust nothing: reads stay inside `bytes`.
bool check_values(std::span<const std::byte> bytes) noexcept;

// The readers below never read outside `bytes`, whatever they hold, and return false on bytes that cannot be decoded.
bool read_values_header(std::span<const std::byte> bytes, ValuesHeader &out) noexcept;
bool decode_values(std::span<const std::byte> bytes, std::span<int64_t> out) noexcept; // out.size() >= count
bool value_at(std::span<const std::byte> bytes, int index, int64_t &out) noexcept;     // 0-based
bool summarize_values(std::span<const std::byte> bytes, ValuesSummary &out) noexcept;  // without expanding
// Adds value i to totals[i]; for profiles over days. totals.size() >= count.
bool add_values(std::span<const std::byte> bytes, std::span<__int128> totals) noexcept;

} // namespace mdff

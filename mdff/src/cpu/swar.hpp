#pragma once
// Eight characters at a time in a 64-bit register, the first one in the lowest byte.

#include <bit>
#include <cstdint>
#include <cstring>

namespace mdff::swar {

inline constexpr uint64_t kOnes = 0x0101010101010101;
inline constexpr uint64_t kHighBits = 0x8080808080808080;

inline uint64_t load(const char *from) noexcept {
    uint64_t word;
    std::memcpy(&word, from, sizeof word);
    if constexpr (std::endian::native == std::endian::big)
        word = __builtin_bswap64(word);
    return word;
}

// The high bit of every byte that equals `c`, exactly (no false hits above a true one).
inline uint64_t bytes_equal(uint64_t word, char c) noexcept {
    const uint64_t difference = word ^ (kOnes * static_cast<uint8_t>(c));
    return ~(((difference & ~kHighBits) + ~kHighBits) | difference | ~kHighBits);
}

// Characters to digit values: '0'..'9' to 0..9, everything else above. No borrow between bytes, unlike a subtraction.
inline uint64_t digit_values(uint64_t word) noexcept { return word ^ (kOnes * '0'); }

inline bool all_digits(uint64_t digits) noexcept {
    return ((((digits & ~kHighBits) + kOnes * (0x7F - 9)) | digits) & kHighBits) == 0;
}

// The number that eight digit values make.
inline uint64_t number(uint64_t digits) noexcept {
    digits = digits * 10 + (digits >> 8);
    return (((digits & 0x000000FF000000FF) * 0x000F424000000064) +
            (((digits >> 16) & 0x000000FF000000FF) * 0x0000271000000001)) >>
           32;
}

// The numbers that pairs of digit values make, in 16-bit lanes.
inline uint64_t pairs(uint64_t digits) noexcept { return (digits * 10 + (digits >> 8)) & 0x00FF00FF00FF00FF; }

// Printable ASCII or space, and no quote.
inline bool is_plain(uint64_t word) noexcept {
    const uint64_t low = word & ~kHighBits;
    const uint64_t at_least_space = low + kOnes * (0x80 - ' '); // high bit: >= ' '
    const uint64_t is_delete = low + kOnes;                     // high bit: 0x7F
    return ((~at_least_space | is_delete | word | bytes_equal(word, '"')) & kHighBits) == 0;
}

} // namespace mdff::swar

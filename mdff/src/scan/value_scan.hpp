#pragma once
// The hot loop of the reader: finds a record's commas and converts a 300 record's values, many bytes at a time.
// It only takes the plain case (digits with at most one point, at most 16 characters); whatever else stands there is left
// to the exact path, which can say what is wrong.

#include <cstdint>
#include <span>
#include <string_view>

#include "mdff/record.hpp"

namespace mdff {

// Positions of a line's commas, in order, then the line's length. Field k lies between at[k - 1] + 1 and at[k].
struct Separators {
    static constexpr int kMax = 320;  // more than any record has; a line with more is indexed up to here
    static constexpr int kSlack = 72; // a block of 64 is written whole, in groups
    int count;                        // fields of the line, at most kMax
    bool complete;                    // the whole line was indexed
    uint16_t at[kMax + kSlack];
};

// `line` has at most kMaxLineLength characters.
void find_separators(std::string_view line, Separators &out) noexcept;

struct ScannedValues {
    int64_t mantissas[kMaxIntervals];
    int8_t decimals[kMaxIntervals]; // as written; 0 or less: none
};

// Converts the `count` values after the separator separators[0]. False when one of them is not plain. Never reads outside
// [line, line + separators[count]).
bool scan_values(const char *line, const uint16_t *separators, int count, ScannedValues &out) noexcept;

// Brings values (at least one) to the smallest common scale that holds all of them exactly, using up `decimals`. False when a
// value exceeds kMaxMantissa there.
bool align_scales(std::span<int64_t> mantissas, int8_t *decimals, uint8_t &scale) noexcept;

} // namespace mdff

#pragma once
// The implementations behind value_scan.hpp, one set for each level.

#include "cpu/cpu.hpp"
#include "scan/value_scan.hpp"

namespace mdff {

void find_separators_portable(std::string_view line, Separators &out) noexcept;
bool scan_values_portable(const char *line, const uint16_t *separators, int count, ScannedValues &out) noexcept;

// Converts one value of any length up to 16 characters; for the first values of a line, which have no 16 bytes before them.
bool scan_value(std::string_view text, int64_t &mantissa, int8_t &decimals) noexcept;

#ifdef MDFF_AVX2
void find_separators_avx2(std::string_view line, Separators &out) noexcept;
bool scan_values_avx2(const char *line, const uint16_t *separators, int count, ScannedValues &out) noexcept;
#endif

} // namespace mdff

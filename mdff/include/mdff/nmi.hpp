#pragma once
// National Metering Identifiers and NMI suffixes (MDFF 4.3, NMI Procedure).

#include <string_view>

namespace mdff {

// Ten characters, digits and upper-case letters but I and O.
bool nmi_is_valid(std::string_view nmi) noexcept;

// The check digit 0..9 of a 10-character NMI (letters are upper-cased first), -1 when the length is not 10.
int nmi_checksum(std::string_view nmi) noexcept;

bool interval_suffix_is_valid(std::string_view suffix) noexcept;     // NMI Procedure table 1: E1, B1, Q1 ...
bool accumulation_suffix_is_valid(std::string_view suffix) noexcept; // table 2: 11, 41 ...

} // namespace mdff

#pragma once
// A record's fields, spaces around them cut off.

#include <cstdint>
#include <string_view>

#include "scan/value_scan.hpp"

namespace mdff {

struct Fields {
    static constexpr int kMax = 24; // the 250 record has 23
    char *text = nullptr;           // the line the fields lie in, in a buffer of the parser
    int first = 0;                  // number of at[0]
    int count = 0;                  // fields in the line, counted from field 0 of the record
    int filled = 0;                 // the same without the empty ones at the end
    int spaced = -1;                // the first field with spaces around it
    std::string_view spaced_text;
    std::string_view at[kMax]; // beyond `count`: empty

    std::string_view operator[](int field) const noexcept { return at[field - first]; }
    char *writable(int field) const noexcept { return text + (at[field - first].data() - text); }
};

// Splits `text`, which starts with field number `first` of its record.
void split_fields(char *text, std::size_t size, int first, Fields &out) noexcept;

// The same for the end of a line whose commas are all known: `text` is a copy of it from field number `first` on, at least 1.
void take_fields(char *text, const Separators &separators, int first, Fields &out) noexcept;

std::string_view trim(std::string_view text) noexcept;

// Printable ASCII without spaces.
bool is_printable(std::string_view text) noexcept;

// Neither quotes nor anything but printable ASCII and spaces: needs no cleaning.
bool is_plain(std::string_view text) noexcept;

bool has_control_character(std::string_view text) noexcept;

// Unsigned decimal number of at most nine digits; false otherwise.
bool parse_number(std::string_view text, int &out) noexcept;

} // namespace mdff

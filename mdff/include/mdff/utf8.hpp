#pragma once
// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing beyond U+10FFFF.

#include <cstddef>
#include <string_view>

namespace mdff {

// Bytes of the well-formed character at the start of `text`, which is not empty, and its code; 0 when there is none.
size_t utf8_character(std::string_view text, char32_t &code) noexcept;

bool is_utf8(std::string_view text) noexcept;

} // namespace mdff

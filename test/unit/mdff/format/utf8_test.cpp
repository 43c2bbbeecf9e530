#include "mdff/utf8.hpp"

#include <string>

#include <gtest/gtest.h>

namespace mdff {
namespace {

TEST(Utf8, CharactersAndTheirCodes) {
    const auto code_of = [](std::string_view text, size_t length) {
        char32_t code = 0;
        EXPECT_EQ(utf8_character(text, code), length) << text;
        return code;
    };
    EXPECT_EQ(code_of("a\xC3\xA9", 1), U'a');
    EXPECT_EQ(code_of("\xC3\xA9x", 2), U'\u00E9');
    EXPECT_EQ(code_of("\xE2\x82\xAC", 3), U'\u20AC');
    EXPECT_EQ(code_of("\xF0\x9F\x98\x80", 4), U'\U0001F600');
    EXPECT_EQ(code_of("\xF4\x8F\xBF\xBF", 4), U'\U0010FFFF');
    EXPECT_EQ(code_of("\xED\x9F\xBF", 3), U'\uD7FF');
    EXPECT_EQ(code_of(std::string_view("\0", 1), 1), U'\0');
}

TEST(Utf8, WhatIsNotUtf8) {
    for (const char *bad : {
             "\x80",             // a continuation
             "\xC0\xAF",         // overlong
             "\xC1\xBF",         // overlong
             "\xE0\x9F\xBF",     // overlong
             "\xF0\x8F\xBF\xBF", // overlong
             "\xED\xA0\x80",     // surrogate
             "\xF4\x90\x80\x80", // beyond U+10FFFF
             "\xF5\x80\x80\x80", "\xFF",
             "\xC3",         // cut off
             "\xE2\x82",     // cut off
             "\xF0\x9F\x98", // cut off
             "\xC3(",        // no continuation
         }) {
        char32_t code = 0;
        EXPECT_EQ(utf8_character(bad, code), 0U) << bad;
        EXPECT_FALSE(is_utf8(bad)) << bad;
        EXPECT_FALSE(is_utf8(std::string("ok") + bad)) << bad;
    }
    EXPECT_TRUE(is_utf8(""));
    EXPECT_TRUE(is_utf8("NEM12 \xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80"));
}

} // namespace
} // namespace mdff

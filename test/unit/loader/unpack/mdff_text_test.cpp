#include "unpack/mdff_text.hpp"

#include <gtest/gtest.h>

namespace nem12::loader {
namespace {

std::string mdff_of(std::string_view text, size_t piece) {
    std::string bytes;
    MdffText mdff([&](std::span<const char> part) {
        EXPECT_FALSE(part.empty());
        bytes.append(part.data(), part.size());
    });
    for (; !text.empty(); text.remove_prefix(std::min(piece, text.size())))
        mdff.add(text.substr(0, piece));
    mdff.finish();
    return bytes;
}

TEST(MdffTextTest, the_bytes_are_those_that_were_put_into_the_message) {
    const std::pair<std::string, std::string> cases[] = {
        {"100,NEM12\n200\n900\n", "100,NEM12\r\n200\r\n900\r\n"},
        {"\n\t  100\n900\n        ", "100\r\n900\r\n"}, // the message's layout
        {"100\r\n900\r\n", "100\r\n900\r\n"},           // &#13; before each line end
        {"100\n900", "100\r\n900\r\n"},
        {"100\n\n  \n900\n\n", "100\r\n\r\n  \r\n900\r\n"}, // what is not at an end is content
        {"100\r900", "100\r900\r\n"},
        {"100 \n 900", "100 \r\n 900\r\n"},
        {"", ""},
        {" \n\t\r\n ", ""},
    };
    for (const auto &[text, bytes] : cases) {
        for (size_t piece : {1, 2, 3, 5, 1000})
            EXPECT_EQ(mdff_of(text, piece), bytes) << piece;
    }
}

TEST(MdffTextTest, white_space_without_end_is_not_kept_in_memory) {
    std::string spaces(100'000, ' ');
    EXPECT_EQ(mdff_of("100" + spaces, 1000).substr(0, 10), "100       ");
    EXPECT_EQ(mdff_of(spaces + "100\n", 1000), "100\r\n");
    EXPECT_EQ(mdff_of("100" + spaces + "x\n", 1000), "100" + spaces + "x\r\n");
}

TEST(MdffTextTest, one_element_leaves_nothing_for_the_next) {
    std::string bytes;
    MdffText mdff([&](std::span<const char> part) { bytes.append(part.data(), part.size()); });
    mdff.add("100\n900\n   ");
    mdff.finish();
    mdff.add("  \n100\n");
    mdff.finish();
    EXPECT_EQ(bytes, "100\r\n900\r\n100\r\n");
}

TEST(MdffTextTest, large_texts_come_in_parts) {
    std::string text, wanted;
    for (int i = 0; i < 50'000; ++i) {
        text += "300,20240101,0.125\n";
        wanted += "300,20240101,0.125\r\n";
    }
    size_t longest = 0;
    MdffText mdff([&](std::span<const char> part) { longest = std::max(longest, part.size()); });
    for (size_t at = 0; at < text.size(); at += 1000)
        mdff.add(std::string_view(text).substr(at, 1000));
    mdff.finish();
    EXPECT_LT(longest, size_t{100'000});
    EXPECT_EQ(mdff_of(text, 777), wanted);
}

} // namespace
} // namespace nem12::loader

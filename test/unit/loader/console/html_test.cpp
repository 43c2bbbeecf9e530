#include "console/html.hpp"

#include <gtest/gtest.h>

namespace nem12::loader {
namespace {

TEST(Html, only_literals_are_markup) {
    const std::string hostile = "<script>alert(\"x\")</script>&'\x1b";
    const Html html = Html() << "<td title=\""_html << hostile << "\">"_html << hostile << 7 << "</td>"_html;
    EXPECT_EQ(html.str(), "<td title=\"&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;&#39; \">"
                          "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;&#39; 7</td>");
    EXPECT_EQ(link("javascript:\"", "<b>").str(), "<a href=\"javascript:&quot;\">&lt;b&gt;</a>");
}

TEST(Html, urls_are_encoded) {
    EXPECT_EQ(url_of("/files", {{"name", "a&b=c d/\xc3\xa9"}, {"rule", ""}, {"sender", "M"}}),
              "/files?name=a%26b%3Dc%20d%2F%C3%A9&sender=M");
}

TEST(Html, numbers_for_people) {
    EXPECT_EQ(shown_count(-1234567), "-1,234,567");
    EXPECT_EQ(shown_bytes(999), "999 B");
    EXPECT_EQ(shown_bytes(1536), "1.5 kB");
    EXPECT_EQ(shown_bytes(250'000'000), "250 MB");
    EXPECT_EQ(shown_duration(250), "250 ms");
    EXPECT_EQ(shown_duration(90'000), "90.0 s");
    EXPECT_EQ(shown_duration(7'200'000), "2.0 h");
    EXPECT_EQ(shown_time(1'700'000'000'000), "2023-11-14 22:13:20");
    EXPECT_EQ(shown_time(0), "");
}

} // namespace
} // namespace nem12::loader

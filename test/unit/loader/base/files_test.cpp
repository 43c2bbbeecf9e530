#include "base/files.hpp"

#include <gtest/gtest.h>

#include "loader/support/archives.hpp"
#include "loader/support/child_process.hpp"

namespace nem12::loader {
namespace {

using test::slurp;
using test::spit;

TEST(FilesTest, a_name_for_display_hides_nothing_and_moves_no_cursor) {
    EXPECT_EQ(display_text("NEM12#a b.csv"), "NEM12#a b.csv");
    EXPECT_EQ(display_text("a\x1b[2Jb\n"), "a\\x1b[2Jb\\x0a");
    EXPECT_EQ(display_text("\xe2\x80\xae"
                           "fdp.exe"),
              "\\xe2\\x80\\xae"
              "fdp.exe"); // right-to-left override
    EXPECT_EQ(display_text("caf\xc3\xa9"), "caf\xc3\xa9");
    EXPECT_EQ(display_text("caf\xe9"), "caf\\xe9");
    EXPECT_EQ(display_text("\xc0\xaf\xed\xa0\x80"), "\\xc0\\xaf\\xed\\xa0\\x80"); // overlong, surrogate
}

TEST(FilesTest, a_file_name_never_leaves_its_folder) {
    EXPECT_EQ(file_name_for("outer.zip/inner.csv"), "outer.zip--inner.csv");
    for (const char *name : {"../../etc/passwd", "/etc/passwd", "..", ".", "", ".hidden", "a/../b", "..\\..\\x", "-rf"}) {
        std::string safe = file_name_for(name);
        EXPECT_EQ(safe.find('/'), std::string::npos) << name;
        EXPECT_EQ(safe.find('\\'), std::string::npos) << name;
        EXPECT_NE(safe.front(), '.') << name;
        EXPECT_NE(safe.front(), '-') << name;
    }
    std::string longest = file_name_for(std::string(4000, 'x') + ".csv");
    EXPECT_EQ(longest.size(), 180u);
    EXPECT_TRUE(longest.ends_with(".csv"));
}

TEST(FilesTest, a_durable_write_replaces_as_a_whole_and_a_rename_never_replaces) {
    test::TemporaryDirectory directory;
    auto a = directory.path() / "a", b = directory.path() / "b";
    write_file_durably(a, "one");
    write_file_durably(a, "two");
    EXPECT_EQ(slurp(a), "two");
    spit(b, "kept");
    EXPECT_FALSE(rename_no_replace(a, b));
    EXPECT_EQ(slurp(b), "kept");
    EXPECT_TRUE(rename_no_replace(a, directory.path() / "c"));
    copy_file_durably(b, a);
    EXPECT_EQ(slurp(a), "kept");
    EXPECT_THROW(open_for_reading(directory.path() / "absent"), FileError);
}

} // namespace
} // namespace nem12::loader

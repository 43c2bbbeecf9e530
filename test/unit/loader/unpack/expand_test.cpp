#include "unpack/expand.hpp"

#include <chrono>

#include <gtest/gtest.h>

#include "loader/support/archives.hpp"
#include "loader/support/child_process.hpp"
#include "loader/support/collector.hpp"
#include "loader/support/messages.hpp"

namespace nem12::loader {
namespace {

namespace fs = std::filesystem;
using test::ArchiveFile;
using test::Collector;
using test::header_at;
using test::kCentralHeader;
using test::kLocalHeader;
using test::make_gzip;
using test::make_zip;

class ExpandTest : public ::testing::Test {
protected:
    std::vector<ArchiveFile> expand_all(const std::string &bytes, const std::string &name = "a.zip") {
        fs::path path = directory_.path() / "archive";
        test::spit(path, bytes);
        Collector collector;
        int temps = 0;
        int members = expand(
            path, kind_of(bytes), name, ArchiveLimits(config_),
            [&] { return directory_.path() / ("temp" + std::to_string(++temps)); }, collector);
        EXPECT_EQ(static_cast<size_t>(members), collector.files.size());
        EXPECT_EQ(collector.ended, collector.files.size());
        return collector.files;
    }
    std::string refused(const std::string &bytes) {
        try {
            expand_all(bytes);
            return "";
        } catch (const ArchiveError &error) {
            EXPECT_EQ(std::distance(fs::directory_iterator(directory_.path()), {}), 1) << "temp files are left";
            return error.code();
        }
    }
    test::TemporaryDirectory directory_;
    IngestConfig config_;
};

TEST_F(ExpandTest, the_content_says_what_a_file_is) {
    EXPECT_EQ(kind_of(make_zip({{"a", "b"}})), FileKind::kZip);
    EXPECT_EQ(kind_of(make_gzip("x")), FileKind::kGzip);
    EXPECT_EQ(kind_of(std::string_view("100,NEM12")), FileKind::kText);
    EXPECT_EQ(kind_of(std::string_view("")), FileKind::kText);
    EXPECT_EQ(kind_of(test::message({"100"})), FileKind::kMessage);
    EXPECT_EQ(kind_of(std::string_view("<html>")), FileKind::kText);
}

TEST_F(ExpandTest, several_members_with_any_extension_come_out_whole) {
    std::string large(700'000, 'x');
    for (size_t i = 0; i < large.size(); i += 7)
        large[i] = static_cast<char>('a' + i * i % 26);
    auto files = expand_all(
        make_zip({{"one.csv", "first"}, {"folder/", ""}, {"folder/two", large}, {"empty.csv", ""}, {"3.V01", "third"}}));
    ASSERT_EQ(files.size(), 3u);
    EXPECT_EQ(files[0].name, "a.zip/one.csv");
    EXPECT_EQ(files[0].content, "first");
    EXPECT_EQ(files[1].name, "a.zip/folder/two");
    EXPECT_EQ(files[1].content, large);
    EXPECT_EQ(files[2].name, "a.zip/3.V01");
}

TEST_F(ExpandTest, messages_are_unwrapped_alone_and_in_archives) {
    std::string message = test::message({"100\n", "200\n"});
    auto files = expand_all(message, "m.xml");
    ASSERT_EQ(files.size(), 2u);
    EXPECT_EQ(files[1].name, "m.xml/2-T-2.csv");
    EXPECT_EQ(files[1].content, "200\r\n");
    EXPECT_EQ(expand_all(make_gzip(message), "m.xml.gz").at(0).name, "m.xml.gz/m.xml/1-T-1.csv");
    files = expand_all(make_zip({{"i.zip", make_zip({{"m.xml", message}})}, {"bare.csv", "300"}, {"n.xml", message}}));
    ASSERT_EQ(files.size(), 5u);
    EXPECT_EQ(files[0].name, "a.zip/i.zip/m.xml/1-T-1.csv");
    EXPECT_EQ(files[2].name, "a.zip/bare.csv");
    EXPECT_EQ(files[4].name, "a.zip/n.xml/2-T-2.csv");
}

TEST_F(ExpandTest, a_broken_message_refuses_all_it_came_with) {
    std::string message = test::message({"100\n"});
    EXPECT_EQ(refused(message.substr(0, message.size() - 5)), "asexml_truncated");
    EXPECT_EQ(refused(make_gzip(message.substr(0, message.size() - 5))), "asexml_truncated");
    try {
        expand_all(make_zip({{"bare.csv", "300"}, {"m.xml", message + "x"}}));
        FAIL();
    } catch (const ArchiveError &error) {
        EXPECT_EQ(error.code(), "asexml_malformed");
        EXPECT_TRUE(std::string_view(error.what()).starts_with("a.zip/m.xml: ")) << error.what();
    }
}

TEST_F(ExpandTest, the_members_of_messages_count_as_entries) {
    config_.max_archive_entries = 5;
    EXPECT_EQ(refused(make_zip({{"m.xml", test::message({"1", "2"})}, {"n.xml", test::message({"1"})}})), "");
    EXPECT_EQ(refused(make_zip({{"m.xml", test::message({"1", "2"})}, {"n.xml", test::message({"1", "2"})}})),
              "archive_entries");
    EXPECT_EQ(refused(test::message({"1", "2", "3", "4", "5", "6"})), "archive_entries");
}

TEST_F(ExpandTest, stored_members_and_gzip_are_read_too) {
    EXPECT_EQ(expand_all(make_zip({{"a", "stored"}}, 0)).at(0).content, "stored");
    auto files = expand_all(make_gzip("one") + make_gzip("two"), "x.csv.gz");
    EXPECT_EQ(files.at(0).content, "onetwo");
    EXPECT_EQ(files.at(0).name, "x.csv.gz/x.csv");
}

TEST_F(ExpandTest, archives_in_archives_are_expanded_down_to_the_limit) {
    std::string inner = make_zip({{"leaf.csv", "leaf"}});
    auto files = expand_all(make_zip({{"mid.zip", make_zip({{"inner.zip", inner}})}, {"b.gz", make_gzip("g")}}));
    ASSERT_EQ(files.size(), 2u);
    EXPECT_EQ(files[0].name, "a.zip/mid.zip/inner.zip/leaf.csv");
    EXPECT_EQ(files[1].content, "g");
    EXPECT_EQ(refused(make_zip({{"1", make_zip({{"2", make_zip({{"3", inner}})}})}})), "archive_depth");
    config_.max_archive_depth = 1;
    EXPECT_EQ(refused(make_zip({{"2", inner}})), "archive_depth");
}

TEST_F(ExpandTest, names_that_climb_out_are_only_names) {
    auto files = expand_all(make_zip({{"../../../tmp/evil", "x"}, {"/etc/cron.d/evil", "y"}, {"a\\..\\b\x1b[2J", "z"}}));
    ASSERT_EQ(files.size(), 3u);
    EXPECT_EQ(files[2].name.find('\x1b'), std::string::npos);
    EXPECT_EQ(std::distance(fs::recursive_directory_iterator(directory_.path()), {}), 1);
}

TEST_F(ExpandTest, bombs_are_refused_quickly) {
    auto start = std::chrono::steady_clock::now();
    std::string zeros(64 << 20, '0');
    EXPECT_EQ(refused(make_zip({{"zeros", zeros}})), "archive_ratio");
    EXPECT_EQ(refused(make_gzip(zeros)), "archive_ratio");
    std::vector<ArchiveFile> many;
    std::string packed = make_zip({{"z", std::string(1 << 20, '0')}});
    for (int i = 0; i < 100; ++i)
        many.push_back({"z" + std::to_string(i), packed});
    EXPECT_EQ(refused(make_zip(many)), "archive_ratio"); // each small, together far too much
    config_.max_archive_ratio = 1'000'000;
    config_.max_member_bytes = 10 << 20;
    EXPECT_EQ(refused(make_zip({{"zeros", zeros}})), "archive_member_size");
    config_.max_archive_bytes = 20 << 20;
    EXPECT_EQ(refused(make_zip(many)), "archive_size");
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

TEST_F(ExpandTest, too_many_entries_are_refused_also_over_nested_archives) {
    config_.max_archive_entries = 5;
    std::vector<ArchiveFile> files;
    for (int i = 0; i < 6; ++i)
        files.push_back({std::to_string(i), "x"});
    EXPECT_EQ(refused(make_zip(files)), "archive_entries");
    files.resize(3);
    EXPECT_EQ(refused(make_zip({{"a", make_zip(files)}, {"b", make_zip(files)}})), "archive_entries");
}

TEST_F(ExpandTest, an_encrypted_member_is_refused) {
    std::string zip = make_zip({{"a.csv", "secret"}});
    zip[header_at(zip, kLocalHeader) + 6] |= 1;
    zip[header_at(zip, kCentralHeader) + 8] |= 1;
    EXPECT_EQ(refused(zip), "archive_encrypted");
}

TEST_F(ExpandTest, an_unknown_method_is_refused) {
    std::string zip = make_zip({{"a.csv", "text"}});
    zip[header_at(zip, kLocalHeader) + 8] = 12;
    zip[header_at(zip, kCentralHeader) + 10] = 12;
    EXPECT_EQ(refused(zip), "archive_method");
}

TEST_F(ExpandTest, overlapping_members_are_refused) {
    std::string zip = make_zip({{"a.csv", "text of one"}, {"b.csv", "text of one"}});
    size_t second = header_at(zip, kCentralHeader, 1);
    std::fill_n(zip.begin() + static_cast<long>(second) + 42, 4, '\0'); // the second points at the first
    EXPECT_EQ(refused(zip), "archive_overlap");
}

TEST_F(ExpandTest, headers_that_differ_are_refused) {
    std::string zip = make_zip({{"a.csv", "text of one"}});
    zip[header_at(zip, kLocalHeader) + 22] ^= 1; // its size
    EXPECT_EQ(refused(zip), "archive_corrupt");
}

TEST_F(ExpandTest, a_directory_that_hides_members_is_refused) {
    std::string zip = make_zip({{"a.csv", "one"}, {"b.csv", "two"}});
    size_t end = zip.rfind("PK\5\6");
    zip[end + 8] = zip[end + 10] = 1;
    EXPECT_EQ(refused(zip), "archive_corrupt");
}

TEST_F(ExpandTest, data_that_belongs_to_no_member_is_refused) {
    std::string zip = make_zip({{"a.csv", "one"}}), gzip = make_gzip("one");
    EXPECT_EQ(refused(zip + std::string(1000, 'x')), "archive_extra_data");
    EXPECT_EQ(refused(zip + std::string(1, '\0')), "archive_extra_data");
    EXPECT_EQ(refused(make_zip({{"hidden.csv", "two"}}) + zip), "archive_extra_data");
    EXPECT_EQ(refused(gzip + "garbage"), "archive_extra_data");
    EXPECT_EQ(refused(gzip + std::string(512, '\0')), "archive_extra_data");
    EXPECT_EQ(refused(gzip + make_gzip("two").substr(0, 12)), "archive_truncated");
    std::string commented = zip;
    commented[commented.size() - 2] = 7;
    EXPECT_EQ(expand_all(commented + "comment").size(), 1u);
}

// Leaves a member out of a zip's directory; its bytes stay where they are.
std::string without_entry(const std::string &zip, int which) {
    const auto put = [](std::string &bytes, size_t at, size_t count, size_t number) {
        for (size_t i = 0; i < count; ++i, number >>= 8)
            bytes[at + i] = static_cast<char>(number & 0xFF);
    };
    const size_t directory = header_at(zip, kCentralHeader), end = zip.rfind("PK\5\6");
    const size_t from = header_at(zip, kCentralHeader, which);
    const size_t to = std::min(zip.find("PK\1\2", from + 4), end);
    std::string result = zip.substr(0, from) + zip.substr(to);
    const size_t new_end = end - (to - from);
    const auto entries = static_cast<size_t>(zip[end + 8]) - 1;
    put(result, new_end + 8, 2, entries);
    put(result, new_end + 10, 2, entries);
    put(result, new_end + 12, 4, new_end - directory);
    return result;
}

TEST_F(ExpandTest, a_member_that_the_directory_does_not_name_is_refused) {
    std::string zip = make_zip({{"a.csv", "one"}, {"b.csv", "two"}, {"c.csv", "three"}});
    for (int which = 0; which < 3; ++which)
        EXPECT_EQ(refused(without_entry(zip, which)), "archive_extra_data") << which;
    EXPECT_EQ(expand_all(zip).size(), 3u);
}

TEST_F(ExpandTest, a_member_that_is_said_to_be_empty_and_is_not_is_refused) {
    for (int method : {0, Z_DEFLATED}) {
        std::string zip = make_zip({{"a.csv", "one"}, {"b.csv", "200,4012000001,E1,1,E1,N1,S1,KWH,30,"}}, method);
        size_t local = header_at(zip, kLocalHeader, 1), central = header_at(zip, kCentralHeader, 1);
        std::fill_n(zip.begin() + static_cast<long>(local) + 22, 4, '\0');
        std::fill_n(zip.begin() + static_cast<long>(central) + 24, 4, '\0');
        EXPECT_EQ(refused(zip), "archive_corrupt") << method;
        std::fill_n(zip.begin() + static_cast<long>(local) + 14, 4, '\0'); // its checksum too
        std::fill_n(zip.begin() + static_cast<long>(central) + 16, 4, '\0');
        EXPECT_EQ(refused(zip), "archive_corrupt") << method << ", checksum of nothing";
    }
}

TEST_F(ExpandTest, two_members_of_one_name_are_refused) {
    EXPECT_EQ(refused(make_zip({{"a.csv", "one"}, {"a.csv", "two"}})), "archive_duplicate");
    EXPECT_EQ(expand_all(make_zip({{"f/", ""}, {"f/", ""}, {"f/a.csv", "one"}, {"a.csv", "two"}})).size(), 2u);
}

TEST_F(ExpandTest, a_member_with_another_name_in_its_own_header_is_refused) {
    std::string zip = make_zip({{"a.csv", "one"}});
    zip[header_at(zip, kLocalHeader) + 30] = 'b';
    EXPECT_EQ(refused(zip), "archive_corrupt");
}

TEST_F(ExpandTest, sizes_that_lie_are_refused) {
    std::string zip = make_zip({{"a.csv", "text of one"}}), gzip = make_gzip("text of one");
    for (size_t local : {size_t{0}, size_t{4}}) { // packed and unpacked, in both headers
        std::string lying = zip;
        ++lying[header_at(lying, kLocalHeader) + 18 + local];
        ++lying[header_at(lying, kCentralHeader) + 20 + local];
        EXPECT_EQ(refused(lying), "archive_corrupt") << local;
    }
    gzip[gzip.size() - 4] ^= 1;
    EXPECT_EQ(refused(gzip), "archive_corrupt");
}

// A ZIP64 end record in front of the plain one; where they differ, two readers would see two archives.
TEST_F(ExpandTest, end_records_that_contradict_each_other_are_refused) {
    const auto number = [](uint64_t value, size_t bytes) {
        std::string text;
        for (size_t i = 0; i < bytes; ++i)
            text += static_cast<char>(value >> (8 * i) & 255);
        return text;
    };
    const std::string zip = make_zip({{"a.csv", "one"}});
    const size_t end = zip.rfind("PK\5\6"), directory = header_at(zip, kCentralHeader);
    const auto with_zip64 = [&](uint64_t entries, uint64_t size, uint64_t begin, uint64_t record, const std::string &plain) {
        return zip.substr(0, end) + "PK\6\6" + number(44, 8) + number(45, 2) + number(45, 2) + number(0, 4) + number(0, 4) +
               number(entries, 8) + number(entries, 8) + number(size, 8) + number(begin, 8) + "PK\6\7" + number(0, 4) +
               number(record, 8) + number(1, 4) + plain;
    };
    const std::string plain = zip.substr(end);
    const size_t size = end - directory;
    EXPECT_EQ(expand_all(with_zip64(1, size, directory, end, plain)).size(), 1u);
    EXPECT_EQ(refused(with_zip64(1, size + 9, directory - 9, end, plain)), "archive_corrupt"); // ends where it should
    EXPECT_NE(refused(with_zip64(2, size, directory, end, plain)), "");
    EXPECT_NE(refused(with_zip64(1, size - 1, directory, end, plain)), "");
    EXPECT_NE(refused(with_zip64(1, size, directory + 1, end, plain)), "");
    EXPECT_NE(refused(with_zip64(1, size, uint64_t{1} << 62, end, plain)), "");
    EXPECT_NE(refused(with_zip64(1, size, directory, end + 7, plain)), "");
    EXPECT_NE(refused(with_zip64(1, size, directory, uint64_t{1} << 63, plain)), "");
    std::string see64 = plain; // 0xFFFFFFFF: see there
    for (size_t i = 12; i < 20; ++i)
        see64[i] = '\xff';
    EXPECT_EQ(expand_all(with_zip64(1, size, directory, end, see64)).size(), 1u);
    EXPECT_NE(refused(with_zip64(1, size, directory - 1, end, see64)), "");
}

// Layers of the same zeros, as in the bombs that went round: stopped by depth, by what came out, or by the overlap, at once.
TEST_F(ExpandTest, nested_bombs_are_refused_at_once) {
    const std::string zeros = make_zip({{"z", std::string(32 << 20, '0')}});
    std::vector<ArchiveFile> sixteen;
    for (int i = 0; i < 16; ++i)
        sixteen.push_back({std::to_string(i), zeros});
    std::vector<ArchiveFile> many;
    for (int i = 0; i < 16; ++i)
        many.push_back({std::to_string(i), make_zip(sixteen)});
    for (const std::string &bomb : {make_zip(many), make_gzip(make_gzip(std::string(64 << 20, '0')))}) {
        const auto start = std::chrono::steady_clock::now();
        EXPECT_NE(refused(bomb), "");
        EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
    }
}

TEST_F(ExpandTest, damage_and_truncation_are_refused) {
    std::string text;
    for (int i = 0; i < 5000; ++i)
        text += std::to_string(i * 7919) + ",";
    std::string zip = make_zip({{"a.csv", text}}), gzip = make_gzip(text);
    std::string flipped = zip;
    flipped[60] ^= 0x40;
    EXPECT_EQ(refused(flipped), "archive_corrupt");
    EXPECT_EQ(refused(zip.substr(0, zip.size() - 30)), "archive_truncated");
    EXPECT_EQ(refused(zip.substr(0, 10)), "archive_truncated");
    EXPECT_EQ(refused(gzip.substr(0, gzip.size() / 2)), "archive_truncated");
    gzip[gzip.size() / 2] ^= 0x40;
    EXPECT_EQ(refused(gzip), "archive_corrupt");
}

TEST_F(ExpandTest, every_flipped_bit_ends_in_a_clean_answer) {
    std::string zip = make_zip({{"a.csv", "some text of a member"}, {"b.csv", make_zip({{"c", "inner"}})}});
    for (size_t i = 0; i < zip.size() * 8; i += 7) { // every byte, its bits in turn
        std::string bytes = zip;
        bytes[i / 8] = static_cast<char>(bytes[i / 8] ^ 1 << i % 8);
        try {
            if (kind_of(bytes) == FileKind::kZip)
                expand_all(bytes);
        } catch (const ArchiveError &error) {
            EXPECT_FALSE(error.code().empty());
        }
    }
}

TEST_F(ExpandTest, an_archive_of_nothing_is_refused) {
    EXPECT_NE(refused(make_zip({})), "");
    EXPECT_EQ(refused(make_zip({{"folder/", ""}})), "archive_empty");
    EXPECT_EQ(refused(make_gzip("")), "archive_empty");
}

} // namespace
} // namespace nem12::loader

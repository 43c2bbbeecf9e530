#include "database/chunk_reader.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <system_error>

#include "loader/support/child_process.hpp"

namespace nem12::loader {
namespace {

class ChunkReaderTest : public ::testing::Test {
protected:
    std::filesystem::path file(const std::string &content) {
        auto path = directory_.path() / "file";
        std::ofstream(path, std::ios::binary) << content;
        return path;
    }
    static std::vector<std::string> chunks(ChunkReader &reader) {
        std::vector<std::string> out;
        for (auto chunk = reader.next(); !chunk.empty(); chunk = reader.next())
            out.emplace_back(chunk);
        return out;
    }
    test::TemporaryDirectory directory_;
};

std::string joined(const std::vector<std::string> &parts) {
    std::string out;
    for (const auto &part : parts)
        out += part;
    return out;
}

TEST_F(ChunkReaderTest, cuts_before_records_of_a_new_channel) {
    std::string content = "100,NEM12\n";
    for (int block = 0; block < 200; ++block) {
        content += (block % 2 ? "200,NMI" : "250,NMI") + std::to_string(block) + "\n";
        for (int day = 0; day < 10; ++day)
            content += "300,20240101," + std::string(static_cast<size_t>(block % 7) * 10, '1') + "\n";
    }
    content += "900\n";
    ChunkReader reader(file(content), 4096);
    auto parts = chunks(reader);
    EXPECT_GT(parts.size(), 5u);
    EXPECT_EQ(joined(parts), content);
    for (size_t i = 1; i < parts.size(); ++i) {
        EXPECT_TRUE(parts[i].compare(0, 4, "200,") == 0 || parts[i].compare(0, 4, "250,") == 0);
        EXPECT_LE(parts[i].size(), 4096u);
    }
}

TEST_F(ChunkReaderTest, cuts_at_a_line_when_a_block_is_larger_than_a_chunk) {
    std::string content = "100\n200,ONE\n";
    for (int day = 0; day < 1000; ++day)
        content += "300,20240101,1200,\n";
    ChunkReader reader(file(content), 4096);
    auto parts = chunks(reader);
    EXPECT_EQ(joined(parts), content);
    EXPECT_EQ(parts[0], "100\n");
    for (const auto &part : parts)
        EXPECT_EQ(part.back(), '\n');
}

TEST_F(ChunkReaderTest, cuts_anywhere_when_there_is_no_line) {
    std::string content(10000, 'x');
    ChunkReader reader(file(content), 4096);
    EXPECT_EQ(joined(chunks(reader)), content);
}

TEST_F(ChunkReaderTest, an_empty_file_has_no_chunk) {
    ChunkReader reader(file(""), 4096);
    EXPECT_TRUE(reader.next().empty());
}

TEST_F(ChunkReaderTest, a_missing_file_and_a_link_are_refused) {
    EXPECT_THROW(ChunkReader(directory_.path() / "none", 4096), std::system_error);
    std::filesystem::create_symlink(file("x"), directory_.path() / "link");
    EXPECT_THROW(ChunkReader(directory_.path() / "link", 4096), std::system_error);
}

} // namespace
} // namespace nem12::loader

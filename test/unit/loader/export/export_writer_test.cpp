#include "export/export_writer.hpp"

#include <filesystem>
#include <map>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unpack/gzip_reader.hpp"

namespace nem12::loader {
namespace {

namespace fs = std::filesystem;

class ExportWriterTest : public ::testing::Test {
protected:
    ExportWriterTest() {
        std::string name = (fs::temp_directory_path() / "nem12-export-XXXXXX").string();
        folder_ = mkdtemp(name.data());
    }
    ~ExportWriterTest() override { fs::remove_all(folder_); }

    std::string in(const std::string &name) const { return (folder_ / name).string(); }
    // Everything in the folder, also what is hidden.
    std::map<std::string, std::string> files() const {
        std::map<std::string, std::string> found;
        for (const auto &entry : fs::directory_iterator(folder_)) {
            if (entry.is_regular_file())
                found[entry.path().filename()] = read_file(entry.path());
        }
        return found;
    }
    void write(const DestinationOptions &options, const std::vector<std::string> &rows, bool whole = true) {
        request_.format = options.format;
        Destination destination(options);
        ExportWriter writer(request_, destination);
        for (const std::string &row : rows)
            writer.take(row);
        if (!whole)
            return;
        writer.finish();
        destination.publish();
        missing_ = {writer.missing().begin(), writer.missing().end()};
        counts_ = {writer.units(), writer.nmis(), writer.bytes(), destination.file_bytes()};
    }

    const std::vector<std::string> two_nmis_{
        "100,NEM12,202501010000,,", "200,4001,E1", "300,20250101,1", "400,1,48,A,,", "200,4001,B1",
        "300,20250101,2",           "200,4002,E1", "300,20250101,3", "500,N,,,",     "900"};
    const std::string all_{"100,NEM12,202501010000,,\r\n200,4001,E1\r\n300,20250101,1\r\n400,1,48,A,,\r\n200,4001,B1\r\n"
                           "300,20250101,2\r\n200,4002,E1\r\n300,20250101,3\r\n500,N,,,\r\n900\r\n"};
    ExportRequest request_;
    fs::path folder_;
    std::vector<std::string> missing_;
    std::vector<int64_t> counts_;
};

TEST_F(ExportWriterTest, one_file_has_every_record_and_a_line_end_behind_it) {
    request_.nmis = {"4001", "4003"};
    write({.out = in("x.csv")}, two_nmis_);
    EXPECT_EQ(files(), (std::map<std::string, std::string>{{"x.csv", all_}}));
    EXPECT_EQ(counts_, (std::vector<int64_t>{3, 2, static_cast<int64_t>(all_.size()), static_cast<int64_t>(all_.size())}));
    EXPECT_EQ(missing_, std::vector<std::string>{"4003"});
}

TEST_F(ExportWriterTest, each_nmi_has_a_whole_file_of_its_own) {
    write({.out = in("made/for/this/"), .per_nmi = true}, two_nmis_);
    folder_ = folder_ / "made/for/this";
    EXPECT_EQ(files(),
              (std::map<std::string, std::string>{
                  {"nem12-4001.csv", "100,NEM12,202501010000,,\r\n200,4001,E1\r\n300,20250101,1\r\n400,1,48,A,,\r\n"
                                     "200,4001,B1\r\n300,20250101,2\r\n900\r\n"},
                  {"nem12-4002.csv", "100,NEM12,202501010000,,\r\n200,4002,E1\r\n300,20250101,3\r\n500,N,,,\r\n900\r\n"}}));
    folder_ = folder_.parent_path().parent_path().parent_path();
}

TEST_F(ExportWriterTest, csv_keeps_the_lines_it_is_given) {
    const std::vector<std::string> lines{"nmi,nmi_suffix,x\n", "4001,E1,1.0\n", "4001,E1,\"a\nb\"\n", "4002,E1,2\n"};
    write({.out = folder_.string(), .format = ExportFormat::kCsv}, lines);
    write({.out = folder_.string(), .format = ExportFormat::kCsv, .per_nmi = true}, lines);
    EXPECT_EQ(files(), (std::map<std::string, std::string>{
                           {"readings.csv", lines[0] + lines[1] + lines[2] + lines[3]},
                           {"readings-4001.csv", lines[0] + lines[1] + lines[2]},
                           {"readings-4002.csv", lines[0] + lines[3]},
                       }));
    EXPECT_EQ(counts_.front(), 3);
}

TEST_F(ExportWriterTest, gzip_unpacks_to_the_same_and_equal_exports_are_equal_files) {
    std::vector<std::string> rows = two_nmis_;
    for (int day = 0; day < 20'000; ++day) // more than any buffer
        rows.insert(rows.end() - 1, "300,20250101," + std::to_string(day * 7919));
    write({.out = in("plain.csv")}, rows);
    write({.out = in("a.csv.gz"), .gzip = true}, rows);
    write({.out = in("b.csv.gz"), .gzip = true}, rows);
    const auto found = files();
    EXPECT_EQ(found.at("a.csv.gz"), found.at("b.csv.gz"));
    EXPECT_LT(found.at("a.csv.gz").size(), found.at("plain.csv").size() / 2);
    EXPECT_EQ(counts_.at(3), static_cast<int64_t>(found.at("a.csv.gz").size()));
    const UniqueFd fd = open_for_reading(in("a.csv.gz"));
    GzipReader reader(fd.get());
    std::string unpacked;
    char buffer[4096];
    for (size_t got = 0; (got = reader.read(buffer)) > 0;)
        unpacked.append(buffer, got);
    EXPECT_EQ(unpacked, found.at("plain.csv"));
}

TEST_F(ExportWriterTest, what_is_not_finished_is_not_to_be_seen) {
    for (const bool per_nmi : {false, true}) {
        write({.out = per_nmi ? folder_.string() : in("x.csv"), .per_nmi = per_nmi}, two_nmis_, false);
        EXPECT_EQ(files().size(), 0u);
    }
    const std::vector<std::string> cut{two_nmis_.begin(), two_nmis_.end() - 1};
    EXPECT_THROW(write({.out = in("x.csv")}, cut), std::runtime_error);
    EXPECT_EQ(files().size(), 0u);
}

TEST_F(ExportWriterTest, no_data_is_no_file) {
    write({.out = in("x.csv")}, {two_nmis_.front(), two_nmis_.back()});
    write({.out = in("new/"), .format = ExportFormat::kCsv, .per_nmi = true}, {"nmi,nmi_suffix\n"});
    EXPECT_EQ(files().size(), 0u);
    EXPECT_FALSE(fs::exists(in("new")));
}

TEST_F(ExportWriterTest, a_file_that_exists_stays_unless_it_is_forced) {
    write_file_durably(in("nem12-4002.csv"), "precious");
    EXPECT_THROW(Destination({.out = in("nem12-4002.csv")}), FileError);
    EXPECT_THROW(write({.out = folder_.string(), .per_nmi = true}, two_nmis_), FileError);
    EXPECT_EQ(files(), (std::map<std::string, std::string>{{"nem12-4002.csv", "precious"}})); // and no other
    write({.out = in("nem12-4002.csv"), .force = true}, two_nmis_);
    EXPECT_EQ(files(), (std::map<std::string, std::string>{{"nem12-4002.csv", all_}}));
}

TEST_F(ExportWriterTest, a_file_that_appears_meanwhile_stays) {
    Destination destination({.out = in("x.csv")});
    destination.open({}).write("ours");
    destination.end_file();
    write_file_durably(in("x.csv"), "theirs");
    EXPECT_THROW(destination.publish(), FileError);
    EXPECT_EQ(files().at("x.csv"), "theirs");
}

TEST_F(ExportWriterTest, a_pipe_is_written_to_and_not_replaced) {
    ASSERT_EQ(mkfifo(in("pipe").c_str(), 0600), 0);
    const UniqueFd reader(open(in("pipe").c_str(), O_RDONLY | O_NONBLOCK));
    write({.out = in("pipe")}, two_nmis_);
    char buffer[1024];
    const ssize_t got = read(reader.get(), buffer, sizeof buffer);
    EXPECT_EQ(std::string(buffer, static_cast<size_t>(std::max<ssize_t>(got, 0))), all_);
    EXPECT_TRUE(fs::is_fifo(in("pipe")));
}

TEST_F(ExportWriterTest, a_full_disk_is_an_error_that_names_the_file) {
    try {
        write({.out = "/dev/full"}, two_nmis_);
        FAIL() << "no error";
    } catch (const FileError &error) {
        EXPECT_STREQ(error.what(), "cannot write /dev/full: No space left on device");
    }
}

} // namespace
} // namespace nem12::loader

// The corpus of real files through expansion and validation.

#include <cstdlib>

#include <gtest/gtest.h>

#include "judge/validator.hpp"
#include "loader/support/archives.hpp"
#include "loader/support/child_process.hpp"
#include "unpack/expand.hpp"

namespace nem12::loader {
namespace {

namespace fs = std::filesystem;

fs::path corpus() {
    const char *path = std::getenv("NEM12_CORPUS");
    return path != nullptr ? fs::path(path) : fs::path(NEM12_SOURCE_DIR).parent_path() / "shared" / "corpus";
}

class Judge : public MemberSink {
public:
    explicit Judge(const IngestConfig &config) : config_(config) {}
    void begin(std::string_view) override { validator_ = std::make_unique<Validator>(config_); }
    void add(std::span<const char> bytes) override { validator_->add(bytes); }
    void end() override { verdicts.push_back(validator_->finish()); }
    void came_in_message(std::string_view, std::span<const std::string>) override {}
    std::vector<Verdict> verdicts;

private:
    const IngestConfig &config_;
    std::unique_ptr<Validator> validator_;
};

class CorpusTest : public ::testing::Test {
protected:
    void SetUp() override {
        if (!fs::is_directory(corpus()))
            GTEST_SKIP() << "NO CORPUS at " << corpus() << ": set NEM12_CORPUS to test with real files";
    }
    Verdict judge(const fs::path &path, const std::string &dialect) {
        IngestConfig config;
        config.dialect = dialect;
        FileKind kind = kind_of(test::slurp(path).substr(0, 8));
        if (kind == FileKind::kText)
            return validate_file(path, config);
        Judge judge(config);
        EXPECT_EQ(
            expand(
                path, kind, path.filename().string(), ArchiveLimits(config), [&] { return directory_.path() / "temp"; }, judge),
            1);
        return judge.verdicts.at(0);
    }
    test::TemporaryDirectory directory_;
};

TEST_F(CorpusTest, every_valid_file_is_loadable_strict_or_tolerant) {
    int files = 0, strict = 0;
    for (const char *folder : {"nem12", "nem13"}) {
        for (const auto &entry : fs::directory_iterator(corpus() / folder)) {
            if (entry.path().filename() == "NEM12#Scenario10#ETSAMDP#NEMMCO.zip")
                continue;
            ++files;
            Verdict verdict = judge(entry.path(), "strict");
            if (verdict.loadable)
                ++strict;
            else
                EXPECT_TRUE(judge(entry.path(), "tolerant").loadable) << entry.path() << " " << summary_of(verdict);
            EXPECT_GE(verdict.days + verdict.accumulation_reads + verdict.skipped_records, 1u) << entry.path();
        }
    }
    EXPECT_GE(files, 75);
    RecordProperty("strict", strict);
}

TEST_F(CorpusTest, the_broken_official_file_is_refused_at_its_line) {
    for (const char *dialect : {"strict", "tolerant"}) {
        Verdict verdict = judge(corpus() / "nem12" / "NEM12#Scenario10#ETSAMDP#NEMMCO.zip", dialect);
        EXPECT_FALSE(verdict.loadable);
        ASSERT_FALSE(verdict.findings.empty());
        EXPECT_EQ(verdict.findings[0].line, 27u);
        EXPECT_EQ(verdict.findings[0].record, 300);
    }
}

TEST_F(CorpusTest, invalid_files_are_refused) {
    for (const auto &entry : fs::directory_iterator(corpus() / "invalid"))
        EXPECT_FALSE(judge(entry.path(), "strict").loadable) << entry.path();
}

TEST_F(CorpusTest, a_zip_of_all_the_zips_gives_every_file) {
    std::vector<test::ArchiveFile> files;
    for (const char *folder : {"nem12", "nem13"}) {
        for (const auto &entry : fs::directory_iterator(corpus() / folder))
            files.push_back({entry.path().filename().string(), test::slurp(entry.path())});
    }
    fs::path path = directory_.path() / "all.zip";
    test::spit(path, test::make_zip(files));
    IngestConfig config;
    Judge judge(config);
    int temps = 0;
    EXPECT_EQ(expand(
                  path, FileKind::kZip, "all.zip", ArchiveLimits(config),
                  [&] { return directory_.path() / ("temp" + std::to_string(++temps)); }, judge),
              static_cast<int>(files.size()));
}

} // namespace
} // namespace nem12::loader

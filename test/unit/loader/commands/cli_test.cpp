#include "commands/cli.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

namespace nem12::loader {
namespace {

// The commands that need no server, as a shell would call them.
class CliTest : public testing::Test {
protected:
    CliTest() {
        std::string name = (std::filesystem::temp_directory_path() / "nem12-cli-XXXXXX").string();
        folder_ = mkdtemp(name.data());
    }
    ~CliTest() override { std::filesystem::remove_all(folder_); }

    int run(std::vector<std::string> words) {
        words.insert(words.begin(), "nem12-loader");
        std::vector<char *> arguments;
        for (std::string &word : words) {
            arguments.push_back(word.data());
        }
        testing::internal::CaptureStdout();
        testing::internal::CaptureStderr();
        const int code = run_cli(static_cast<int>(arguments.size()), arguments.data());
        out_ = testing::internal::GetCapturedStdout();
        err_ = testing::internal::GetCapturedStderr();
        return code;
    }
    std::string in(const std::string &name) const { return (folder_ / name).string(); }

    std::filesystem::path folder_;
    std::string out_, err_;
};

TEST_F(CliTest, WrongArgumentsAre2) {
    EXPECT_EQ(run({}), kExitCouldNotRun);
    EXPECT_EQ(run({"nonsense"}), kExitCouldNotRun);
    EXPECT_EQ(run({"generate", "--interval", "10", "-o", in("x.csv")}), kExitCouldNotRun);
    EXPECT_EQ(run({"run", "--config", in("none.toml")}), kExitCouldNotRun);
    EXPECT_EQ(run({"validate", in("none.csv")}), kExitCouldNotRun);
    EXPECT_EQ(run({"--help"}), kExitOk);
    EXPECT_EQ(run({"--version"}), kExitOk);
}

TEST_F(CliTest, AMistypedCommandIsNamed) {
    EXPECT_EQ(run({"lod", "x.csv"}), kExitCouldNotRun);
    EXPECT_NE(err_.find("unknown command \"lod\"; did you mean \"load\"?"), std::string::npos) << err_;
    EXPECT_EQ(run({"sing"}), kExitCouldNotRun);
    EXPECT_NE(err_.find("unknown command \"sing\"\n"), std::string::npos) << err_;
    run({"--version"});
    EXPECT_TRUE(out_.starts_with("nem12-loader 1.")) << out_;
    run({"generate", "--help"});
    EXPECT_NE(out_.find("=50"), std::string::npos) << out_; // defaults
}

TEST_F(CliTest, RequeueTakesWhatStatusAndReportsShow) {
    const std::string one = "aabbcc" + std::string(58, '1'), other = "aabbdd" + std::string(58, '2');
    const auto set_aside = [&](const char *folder, const std::string &name, const std::string &sha256) {
        std::filesystem::create_directories(folder_ / folder);
        std::ofstream(folder_ / folder / name) << "content of " << name;
        std::ofstream(folder_ / folder / (name + ".report.json")) << "{\"sha256\": \"" << sha256 << "\"}";
    };
    std::filesystem::create_directories(folder_ / "inbox");
    std::ofstream(in("config.toml")) << "# all defaults\n";
    const auto requeue = [&](const std::string &word) { return run({"requeue", "--config", in("config.toml"), word}); };

    set_aside("rejected", "one.csv", one);
    set_aside("failed", "other.csv", other);
    EXPECT_EQ(requeue("aabb"), kExitSomeBad) << "too short to be an ID";
    EXPECT_EQ(requeue("aabbcc11111"), kExitOk) << err_;
    EXPECT_TRUE(std::filesystem::exists(folder_ / "inbox/one.csv"));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "rejected/one.csv"));
    EXPECT_TRUE(std::filesystem::exists(folder_ / "failed/other.csv"));
    EXPECT_EQ(requeue("other.csv"), kExitOk) << err_;
    EXPECT_TRUE(std::filesystem::exists(folder_ / "inbox/other.csv"));
    EXPECT_EQ(requeue("other.csv"), kExitSomeBad) << "it is not there any more";

    set_aside("rejected", "a.csv", "aabbcc" + std::string(58, '3'));
    set_aside("rejected", "b.csv", "aabbcc" + std::string(58, '4'));
    EXPECT_EQ(requeue("aabbcc"), kExitSomeBad);
    EXPECT_NE(err_.find("aabbcc may be:"), std::string::npos) << err_;
    EXPECT_NE(err_.find("b.csv"), std::string::npos) << err_;
    EXPECT_EQ(requeue("--all-failed"), kExitOk);
    EXPECT_TRUE(std::filesystem::exists(folder_ / "rejected/a.csv"));
    EXPECT_EQ(requeue("--all-rejected"), kExitOk);
    EXPECT_TRUE(std::filesystem::exists(folder_ / "inbox/a.csv"));
    EXPECT_TRUE(std::filesystem::exists(folder_ / "inbox/b.csv"));
}

TEST_F(CliTest, AnExportThatCannotBeMeantSaysWhatToWrite) {
    const auto refused = [&](std::vector<std::string> words, const char *said) {
        words.insert(words.begin(), {"export", "--db", "host=/nonexistent"});
        EXPECT_EQ(run(words), kExitCouldNotRun);
        EXPECT_NE(err_.find(said), std::string::npos) << err_;
    };
    refused({"-o", in("x"), "--format", "xml"}, "{nem12,nem13,csv}");
    refused({"-o", in("x"), "--from", "1 April"}, "--from 1 April is no date: write CCYY-MM-DD");
    refused({"-o", in("x"), "--to", "2025-02-29"}, "--to 2025-02-29 is no date");
    refused({"-o", in("x"), "--from", "2025-02-02", "--to", "20250201"}, "--from is after --to");
    refused({"-o", "-", "--per-nmi"}, "name a folder");
    refused({"-o", in("x"), "--format", "csv", "--created", "2025-01-01"}, "csv has none");
    refused({}, "--output is required");
    refused({"-o", in("x")}, "is the server up, and is --db right?");
    std::ofstream(in("there.csv")) << "x";
    refused({"-o", in("there.csv")}, "exists already: --force replaces it");
    EXPECT_FALSE(std::filesystem::exists(in("x")));
}

TEST_F(CliTest, ArgumentsKeepNoSecret) {
    const auto arguments_after = [](std::vector<std::string> words) {
        words.insert(words.begin(), "nem12-loader");
        std::vector<char *> arguments;
        for (std::string &word : words) {
            arguments.push_back(word.data());
        }
        testing::internal::CaptureStderr();
        run_cli(static_cast<int>(arguments.size()), arguments.data());
        const std::string said = testing::internal::GetCapturedStderr();
        EXPECT_EQ(said.find("SECRET9"), std::string::npos) << said;
        std::string seen;
        for (const std::string &word : words) {
            seen += word + " ";
        }
        return seen;
    };
    for (const std::vector<std::string> &words :
         std::vector<std::vector<std::string>>{{"load", "--db", "postgres://u:SECRET9@h/db?connect_timeout=x", in("none.csv")},
                                               {"load", "--db=password=SECRET9 host=", in("none.csv")},
                                               {"export", "--db=password=SECRET9 host=/nonexistent", "-o", in("none.csv")},
                                               {"validate", "--set", "database.password=SECRET9", in("none.csv")},
                                               {"validate", "--set=redis.password=SECRET9", in("none.csv")}}) {
        const std::string seen = arguments_after(words);
        EXPECT_EQ(seen.find("SECRET9"), std::string::npos) << seen;
        EXPECT_NE(seen.find("none.csv"), std::string::npos) << seen;
    }
    // What is wrong is said without its value.
    for (const std::vector<std::string> &words :
         std::vector<std::vector<std::string>>{{"validate", "--set", "database.pasword=SECRET9", in("none.csv")},
                                               {"validate", "--set", "databasepassword=SECRET9", in("none.csv")},
                                               {"validate", "--set", "redis.url=ftp://u:SECRET9@h", in("none.csv")},
                                               {"load", "--dbx=postgres://u:SECRET9@h", in("none.csv")}}) {
        arguments_after(words);
    }
}

TEST_F(CliTest, WhatIsGeneratedValidates) {
    for (const char *interval : {"5", "15", "30"}) {
        ASSERT_EQ(run({"generate", "--interval", interval, "--nmis", "3", "--days", "2", "-o", in("good.csv")}), kExitOk);
        EXPECT_EQ(run({"validate", in("good.csv")}), kExitOk) << out_;
    }
    ASSERT_EQ(run({"generate", "--kind", "repeated", "--nmis", "2", "--days", "2", "-o", in("again/")}), kExitOk);
    int files = 0;
    for (const auto &entry : std::filesystem::directory_iterator(folder_ / "again")) {
        EXPECT_EQ(run({"validate", entry.path().string()}), kExitOk) << out_;
        ++files;
    }
    EXPECT_GE(files, 4); // the first, and newer, equal and older ones
}

TEST_F(CliTest, MalformedFilesAre1AndNameTheLine) {
    ASSERT_EQ(run({"generate", "--kind", "malformed", "--nmis", "3", "--days", "2", "-o", in("bad.csv")}), kExitOk);
    EXPECT_EQ(run({"validate", in("bad.csv")}), kExitSomeBad);
    EXPECT_NE(out_.find("bad.csv:3: error: "), std::string::npos) << out_;
    EXPECT_EQ(run({"validate", "--format", "json", in("bad.csv")}), kExitSomeBad);
    EXPECT_NE(out_.find("\"outcome\": \"invalid\""), std::string::npos) << out_;
}

TEST_F(CliTest, TheSameSeedGivesTheSameFile) {
    const auto content = [&](const char *seed) {
        run({"generate", "--nmis", "2", "--days", "2", "--start", "2024-02-28", "--seed", seed, "-o", in("file.csv")});
        std::ifstream file(in("file.csv"));
        return std::string(std::istreambuf_iterator<char>(file), {});
    };
    const std::string first = content("7");
    EXPECT_NE(first.find("20240228"), std::string::npos);
    EXPECT_EQ(first, content("7"));
    EXPECT_NE(first, content("8"));
}

TEST_F(CliTest, CheckConfigShowsEverythingButSecrets) {
    std::ofstream(in("config.toml")) << "[database]\nconninfo = \"host=a password=geheim\"\npassword = \"geheim\"\n";
    EXPECT_EQ(run({"check-config", "--config", in("config.toml"), "--set", "queue.size=7"}), kExitOk);
    EXPECT_NE(out_.find("size = 7"), std::string::npos);
    EXPECT_EQ(out_.find("geheim"), std::string::npos) << out_;
    std::ofstream(in("config.toml")) << "[queue]\nsize = -1\nsice = 3\n";
    EXPECT_EQ(run({"check-config", "--config", in("config.toml")}), kExitCouldNotRun);
    EXPECT_NE(err_.find("config.toml:2:8: "), std::string::npos) << err_;
    EXPECT_NE(err_.find("config.toml:3:1: "), std::string::npos) << err_;
}

} // namespace
} // namespace nem12::loader

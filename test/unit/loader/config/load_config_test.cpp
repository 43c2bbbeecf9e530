#include "config/load_config.hpp"

#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

namespace nem12::loader {
namespace {

std::vector<std::string> errors_of(std::string_view text, const std::vector<std::string> &overrides = {}) {
    try {
        parse_config(text, "dir/config.toml", overrides);
    } catch (const ConfigError &error) {
        return error.messages();
    }
    return {};
}

TEST(LoadConfig, AnEmptyFileGivesTheDefaults) {
    const Config config = parse_config("", "/etc/nem12/config.toml");
    EXPECT_EQ(config.queue.size, 10000);
    EXPECT_EQ(config.ingest.inbox, "/etc/nem12/inbox");
    EXPECT_EQ(config.generate.kind, std::vector<std::string>{"normal"});
}

TEST(LoadConfig, ReadsEveryKindOfValue) {
    const Config config = parse_config(R"(
[database]
conninfo = "host=/run/postgresql"
[ingest]
inbox = "in/../here"
archive = "/var/archive"
quiet_ms = 20
incomplete_grace_seconds = 7
[generate]
enabled = true
kind = "repeated"
intervals = [5, 30]
seed = 18
[breaker]
backoff_ms = 50
)",
                                       "/etc/nem12/config.toml");
    EXPECT_EQ(config.database.conninfo, "host=/run/postgresql");
    EXPECT_EQ(config.ingest.inbox, "/etc/nem12/here");
    EXPECT_EQ(config.ingest.archive, "/var/archive");
    EXPECT_EQ(config.ingest.quiet, std::chrono::milliseconds(20));
    EXPECT_EQ(config.ingest.incomplete_grace, std::chrono::seconds(7));
    EXPECT_TRUE(config.generate.enabled);
    EXPECT_EQ(config.generate.kind, std::vector<std::string>{"repeated"});
    EXPECT_EQ(config.generate.intervals, (std::vector<int>{5, 30}));
    EXPECT_EQ(config.generate.seed, 18U);
    EXPECT_EQ(config.breaker.backoff, std::chrono::milliseconds(50));
}

TEST(LoadConfig, NamesEveryErrorWithItsPlace) {
    const auto errors =
        errors_of("[queue]\nsize = 0\nsizes = 3\n\n[ingest]\ndialect = \"loose\"\n  inbox = 5\n[nonsense]\nx = 1\n");
    ASSERT_EQ(errors.size(), 5U);
    std::string all;
    for (const auto &error : errors) {
        all += error + "\n";
    }
    EXPECT_NE(all.find("dir/config.toml:2:8: [queue] size must be a whole number from 1 to 10000000"), std::string::npos)
        << all;
    EXPECT_NE(all.find("dir/config.toml:3:1: [queue] has no key \"sizes\"; did you mean \"size\"?"), std::string::npos) << all;
    EXPECT_NE(all.find("dir/config.toml:6:11: [ingest] dialect must be \"strict\" or \"tolerant\""), std::string::npos) << all;
    EXPECT_NE(all.find("dir/config.toml:7:11: [ingest] inbox must be a text in quotes"), std::string::npos) << all;
    EXPECT_NE(all.find("dir/config.toml:8:2: unknown section [nonsense]"), std::string::npos) << all;
}

TEST(LoadConfig, NamesTheLineOfBrokenToml) {
    const auto errors = errors_of("[queue]\nsize = = 3\n");
    ASSERT_EQ(errors.size(), 1U);
    EXPECT_EQ(errors[0].rfind("dir/config.toml:2:", 0), 0U) << errors[0];
}

TEST(LoadConfig, RefusesSettingsThatDoNotFitEachOther) {
    EXPECT_EQ(errors_of("[generate]\nintervals = [5, 10]\n").size(), 1U);
    EXPECT_EQ(errors_of("[generate]\nstart = \"2024-13-01\"\n").size(), 1U);
    EXPECT_EQ(errors_of("[generate]\nstart = \"2025-02-31\"\n").size(), 1U);
    EXPECT_EQ(errors_of("[generate]\nstart = \"2024-02-29\"\n").size(), 0U);
    EXPECT_EQ(errors_of("[ingest]\nnotify_webhook = \"https://host/x\"\n").size(), 0U);
    EXPECT_EQ(errors_of("[ingest]\nnotify_webhook = \"ftp://host/x\"\n").size(), 1U);
    EXPECT_EQ(errors_of("[redis]\nurl = \"http://x\"\n").size(), 1U);
    EXPECT_EQ(errors_of("[http]\nlisten = \"9912\"\n").size(), 1U);
    EXPECT_EQ(errors_of("[ingest]\narchive = \"inbox\"\n").size(), 1U);
    EXPECT_EQ(errors_of("[breaker]\nopen_for_ms = 5000\nopen_max_ms = 4000\n").size(), 1U);
}

TEST(LoadConfig, OverridesWinAndMayLeaveTheQuotesOut) {
    const Config config = parse_config("[queue]\nsize = 5\n", "/c.toml",
                                       {"queue.size=7", "log.level=debug", "generate.kind=[\"normal\",\"repeated\"]",
                                        "generate.start=2024-02-29", "database.conninfo=host=/x user=y"});
    EXPECT_EQ(config.queue.size, 7);
    EXPECT_EQ(config.log.level, "debug");
    EXPECT_EQ(config.generate.kind.size(), 2U);
    EXPECT_EQ(config.generate.start, "2024-02-29");
    EXPECT_EQ(config.database.conninfo, "host=/x user=y");
    const auto errors = errors_of("", {"queue.size=many"});
    ASSERT_EQ(errors.size(), 1U);
    EXPECT_EQ(errors[0].rfind("--set queue.size:", 0), 0U) << errors[0];
}

TEST(LoadConfig, TakesSecretsFromTheEnvironmentAndFromCredentialFiles) {
    setenv("NEM12_DATABASE_PASSWORD", "from env", 1);
    EXPECT_EQ(parse_config("", "/c.toml").database.password, "from env");
    EXPECT_EQ(parse_config("[database]\npassword = \"own\"\n", "/c.toml").database.password, "own");
    unsetenv("NEM12_DATABASE_PASSWORD");

    char directory[] = "/tmp/nem12-credentials-XXXXXX";
    ASSERT_NE(mkdtemp(directory), nullptr);
    std::ofstream(std::filesystem::path(directory) / "redis_password") << "from file\n";
    setenv("CREDENTIALS_DIRECTORY", directory, 1);
    EXPECT_EQ(parse_config("", "/c.toml").redis.password, "from file");
    EXPECT_EQ(parse_config("", "/c.toml").database.password, "");
    unsetenv("CREDENTIALS_DIRECTORY");
    std::filesystem::remove_all(directory);
}

TEST(LoadConfig, AMissingFileIsNamed) {
    try {
        load_config("/nowhere/config.toml");
        FAIL();
    } catch (const ConfigError &error) {
        EXPECT_NE(std::string(error.what()).find("/nowhere/config.toml: cannot be read"), std::string::npos);
    }
}

} // namespace
} // namespace nem12::loader

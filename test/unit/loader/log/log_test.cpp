#include "log/log.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace nem12::loader {
namespace {

TEST(Log, TextLinesKeepOneEventOnOneLine) {
    EXPECT_EQ(format_text_event("file_rejected", "the file breaks a rule",
                                {{"file", "a b\n\x1b[2J.csv"}, {"bytes", 12}, {"last", true}}),
              R"(file_rejected: the file breaks a rule file="a b\x0a\x1b[2J.csv" bytes=12 last=true)");
    EXPECT_EQ(format_text_event("e", "m", {{"quoted", "a\"b"}, {"empty", ""}, {"seconds", 0.25}}),
              R"(e: m quoted="a\"b" empty="" seconds=0.25)");
}

TEST(Log, JsonLinesAreJson) {
    const std::string line = format_json_event("info", "loaded", "a \"quoted\"\nmessage",
                                               {{"file", "bad \xff utf-8"}, {"readings", 288}, {"s", 1.5}});
    EXPECT_EQ(line.find('\n'), std::string::npos);
    const auto json = nlohmann::json::parse(line);
    EXPECT_EQ(json["level"], "info");
    EXPECT_EQ(json["event"], "loaded");
    EXPECT_EQ(json["message"], "a \"quoted\"\nmessage");
    EXPECT_EQ(json["readings"], 288);
    EXPECT_EQ(json["s"], 1.5);
}

TEST(Log, SecretsAreMasked) {
    EXPECT_EQ(mask_secrets("host=a password=xyz user=b"), "host=a password=*** user=b");
    EXPECT_EQ(mask_secrets("password = 'x y\\' z' user=b"), "password = *** user=b");
    EXPECT_EQ(mask_secrets("PASSWORD=xyz"), "PASSWORD=***");
    EXPECT_EQ(mask_secrets("postgresql://me:secret@host/db?sslpassword=abc&x=1"),
              "postgresql://me:***@host/db?sslpassword=***&x=1");
    EXPECT_EQ(mask_secrets("redis://:secret@host:1/0"), "redis://:***@host:1/0");
    EXPECT_EQ(mask_secrets("redis://:ab/cd@host:1/0 is away"), "redis://:***@host:1/0 is away");
    EXPECT_EQ(mask_secrets("postgres://u:a?b/c@h/d"), "postgres://u:***@h/d");
    EXPECT_EQ(mask_secrets("password=a;b,c&d\"e host=h"), "password=*** host=h");
    EXPECT_EQ(mask_secrets("password=a\\ b host=h"), "password=*** host=h");
    EXPECT_EQ(mask_secrets("password = \"a \\\"b\" host=h"), "password = *** host=h");
    EXPECT_EQ(mask_secrets("redis://token@host:1/0"), "redis://***@host:1/0");
    EXPECT_EQ(mask_secrets("REDIS://u:secret@h POSTGRES://u:secret@h"), "REDIS://u:***@h POSTGRES://u:***@h");
    EXPECT_EQ(mask_secrets("redis://host:1/0 password authentication failed"),
              "redis://host:1/0 password authentication failed");
    EXPECT_EQ(format_text_event("e", "connect to password=p failed", {{"conninfo", "host=a password=p"}}),
              R"(e: connect to password=*** failed conninfo="host=a password=***")");
}

} // namespace
} // namespace nem12::loader

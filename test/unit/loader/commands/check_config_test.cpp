#include "commands/commands.hpp"

#include <gtest/gtest.h>

namespace nem12::loader {
namespace {

std::string shown(const Config &config) {
    testing::internal::CaptureStdout();
    EXPECT_EQ(check_config(config), 0);
    return testing::internal::GetCapturedStdout();
}

TEST(CheckConfig, ShowsNoSecretHoweverItIsWritten) {
    Config config;
    config.database.password = config.redis.password = "SECRET9";
    for (const char *conninfo : {"postgres://u:SECRET9/x@h/db", "postgresql://u:SECRET9@h/db", "password=a;SECRET9"}) {
        for (const char *redis : {"redis://:ab/cdSECRET9@h:6379/0", "redis://me:SECRET9@h"}) {
            for (const char *webhook :
                 {"https://me:SECRET9@h/x", "http://h/x?token=SECRET9", "http://h:port/SECRET9", "https://SECRET9@h/",
                  "https://hooks.example/services/T0/SECRET9", "http://h/#SECRET9", "HTTPS://u:SECRET9@h"}) {
                config.database.conninfo = conninfo;
                config.redis.url = redis;
                config.ingest.notify_webhook = webhook;
                const std::string text = shown(config);
                EXPECT_EQ(text.find("SECRET9"), std::string::npos) << text;
            }
        }
    }
}

TEST(CheckConfig, ShowsWhatIsNoSecret) {
    Config config;
    config.database.conninfo = "host=h dbname=d";
    config.ingest.notify_webhook = "http://h:1/x"; // the path may be a token
    const std::string text = shown(config);
    for (const char *part :
         {"dbname=d", "redis://127.0.0.1:6379/0", "http://h:1/***", "password = \"\"  # none", "workers = 2"}) {
        EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
    }
}

} // namespace
} // namespace nem12::loader

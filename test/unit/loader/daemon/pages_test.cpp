#include "daemon/pages.hpp"

#include <thread>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace nem12::loader {
namespace {

class PagesTest : public testing::Test {
protected:
    Heartbeats heartbeats_;
    Troubles troubles_;
    Metrics metrics_;
    std::map<std::string, HttpServer::Handler> pages_ =
        make_pages(heartbeats_, troubles_, metrics_, [] { return StatusReport{}; });
};

TEST_F(PagesTest, LiveWhileThreadsMove) {
    Heartbeat &intake = heartbeats_.add("intake", std::chrono::seconds(0));
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    const HttpResponse response = pages_.at("/livez")();
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(nlohmann::json::parse(response.body)["stalled"][0], "intake");
    intake.retire();
    EXPECT_EQ(pages_.at("/livez")().status, 200);
}

TEST_F(PagesTest, ReadyWithReasons) {
    EXPECT_EQ(pages_.at("/readyz")().status, 200);
    troubles_.set("breaker", "open");
    const HttpResponse response = pages_.at("/readyz")();
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(nlohmann::json::parse(response.body)["reasons"]["breaker"], "open");
}

TEST_F(PagesTest, MetricsAndStatus) {
    EXPECT_NE(pages_.at("/metrics")().body.find("nem12_build_info"), std::string::npos);
    EXPECT_TRUE(nlohmann::json::accept(pages_.at("/status.json")().body));
    EXPECT_EQ(pages_.at("/")().content_type, "text/html; charset=utf-8");
}

} // namespace
} // namespace nem12::loader

#include "daemon/status_report.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace nem12::loader {
namespace {

StatusReport busy() {
    StatusReport report;
    report.queue =
        QueueCounts{{{"pending", 3}, {"in_progress", 2}, {"success", 10}, {"failed", 0}, {"rejected", 1}}, 4096, 1500};
    report.queue_capacity = 100;
    report.breaker = BreakerStanding{"open", 5, 2};
    report.staging_days = 1234;
    report.workers = 4;
    report.workers_busy = 2;
    report.readings_per_second = 1500000;
    report.totals.readings = 7654321;
    report.totals.taken_in = 16;
    report.totals.files = {{"success", 9}, {"already_loaded", 1}, {"rejected", 1}, {"failed", 0}};
    report.troubles = {{"database", "circuit breaker is open"}};
    JobRecord job;
    job.id = "ab";
    job.name = "<b>\x1b&.csv";
    job.status = JobStatus::kRejected;
    report.recent = {job};
    return report;
}

TEST(StatusReport, JsonHoldsEverything) {
    const auto json = nlohmann::json::parse(status_json(busy()));
    EXPECT_EQ(json["queue"]["pending"], 3);
    EXPECT_EQ(json["queue"]["oldest_pending_seconds"], 1.5);
    EXPECT_EQ(json["breaker"]["state"], "open");
    EXPECT_EQ(json["staging_days"], 1234);
    EXPECT_EQ(json["ready"], false);
    EXPECT_EQ(json["recent"][0]["status"], "rejected");
}

TEST(StatusReport, TheDaemonsPartIsReadBack) {
    StatusReport report;
    ASSERT_TRUE(take_daemon_part(status_json(busy()), report));
    EXPECT_EQ(report.breaker->times_opened, 2);
    EXPECT_EQ(report.totals.readings, 7654321);
    EXPECT_EQ(report.troubles.at("database"), "circuit breaker is open");
    EXPECT_FALSE(report.queue);
    EXPECT_FALSE(take_daemon_part("<html>", report));
    EXPECT_FALSE(take_daemon_part(R"({"breaker":{},"totals":{}})", report));
}

TEST(StatusReport, TextSaysWhatIsUnknown) {
    const std::string text = status_text({});
    EXPECT_NE(text.find("Redis does not answer"), std::string::npos);
    EXPECT_NE(text.find("the database does not answer"), std::string::npos);
    EXPECT_NE(text.find("no daemon answers"), std::string::npos);
    EXPECT_NE(status_text(busy()).find("breaker   open  (failures in a row 5, opened 2 times)"), std::string::npos);
    StatusReport canary_failed = busy();
    canary_failed.breaker->failures_in_a_row = 0;
    canary_failed.breaker->times_opened = 1;
    EXPECT_NE(status_text(canary_failed).find("breaker   open  (opened 1 time)"), std::string::npos);
}

TEST(StatusReport, TheLineCountsWhatMatters) {
    EXPECT_EQ(status_line(busy()), "in 16  loaded 10  rejected 1  failed 0  queued 3  working 2  staged 1,234  "
                                   "7,654,321 readings, 1,500,000/s  breaker open");
}

TEST(StatusReport, ThePageEscapesFileNames) {
    const std::string html = status_html(busy());
    EXPECT_NE(html.find("&lt;b&gt; &amp;.csv"), std::string::npos);
    EXPECT_EQ(html.find("<b>"), std::string::npos);
    EXPECT_EQ(html.find('\x1b'), std::string::npos);
}

TEST(StatusReport, Thousands) {
    EXPECT_EQ(with_thousands(0), "0");
    EXPECT_EQ(with_thousands(999), "999");
    EXPECT_EQ(with_thousands(1000), "1,000");
    EXPECT_EQ(with_thousands(-1234567), "-1,234,567");
    EXPECT_EQ(with_thousands(-123), "-123");
}

} // namespace
} // namespace nem12::loader

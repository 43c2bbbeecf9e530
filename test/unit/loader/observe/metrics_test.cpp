#include "observe/metrics.hpp"

#include <gtest/gtest.h>

namespace nem12::loader {
namespace {

bool has_line(const std::string &text, const std::string &line) {
    return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST(Metrics, SeriesExistBeforeTheirFirstEvent) {
    const std::string text = Metrics().text();
    EXPECT_TRUE(has_line(text, "nem12_files_total{outcome=\"failed\"} 0")) << text;
    EXPECT_TRUE(has_line(text, "nem12_breaker_state{state=\"closed\"} 1")) << text;
    for (const char *line :
         {"nem12_breaker_transitions_total{to=\"open\"} 0", "nem12_errors_total{class=\"infrastructure\",sqlstate=\"\"} 0",
          "nem12_retries_total{class=\"job\"} 0", "nem12_reconcile_repairs_total{rule=\"released\"} 0",
          "nem12_generated_files_total{kind=\"malformed\"} 0", "nem12_load_duration_seconds_count{stage=\"load\"} 0",
          "nem12_queue_depth{status=\"pending\"} 0", "nem12_staging_days 0", "nem12_last_success_timestamp_seconds 0",
          "nem12_workers{state=\"busy\"} 0", "nem12_spool_free_bytes Nan"}) {
        EXPECT_TRUE(has_line(text, line)) << line << "\n" << text;
    }
}

TEST(Metrics, CountsWhatTheStagesReport) {
    Metrics metrics;
    metrics.file_taken_in(10);
    metrics.file_done("success");
    metrics.loaded(288, 10, 1, 0);
    metrics.error("infra", "57P01");
    metrics.retry("infra");
    metrics.breaker_moved("open");
    metrics.merged(1, 2, 3);
    metrics.stage_took("load", std::chrono::milliseconds(3));
    QueueCounts counts;
    counts.by_status = {{"pending", 4}, {"in_progress", 2}};
    metrics.set_queue(counts, 100);

    const std::string text = metrics.text();
    for (const char *line :
         {"nem12_files_total{outcome=\"success\"} 1", "nem12_errors_total{class=\"infra\",sqlstate=\"57P01\"} 1",
          "nem12_breaker_state{state=\"open\"} 1", "nem12_breaker_state{state=\"closed\"} 0",
          "nem12_merge_days_total{result=\"updated\"} 2", "nem12_queue_depth{status=\"pending\"} 4", "nem12_queue_capacity 100",
          "nem12_load_duration_seconds_count{stage=\"load\"} 1"}) {
        EXPECT_TRUE(has_line(text, line)) << line << "\n" << text;
    }
    const Metrics::Totals totals = metrics.totals();
    EXPECT_EQ(totals.files.at("success"), 1);
    EXPECT_EQ(totals.readings, 288);
    EXPECT_EQ(totals.retries, 1);
    EXPECT_EQ(totals.breaker_opened, 1);
    EXPECT_EQ(totals.merge_discarded, 3);
}

} // namespace
} // namespace nem12::loader

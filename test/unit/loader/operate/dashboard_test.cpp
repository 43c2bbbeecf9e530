// Every metric that the dashboard and the documentation name is exported.

#include <fstream>
#include <regex>
#include <sstream>

#include <gtest/gtest.h>

#include "operate/metrics.hpp"

namespace nem12::loader {
namespace {

std::string all_metrics() {
    Metrics metrics;
    metrics.file_done("success");
    metrics.stage_took("load", std::chrono::seconds(1));
    metrics.error("infrastructure", "57P01");
    metrics.retry("job");
    metrics.repaired("offered", 1);
    metrics.generated("normal");
    metrics.set_queue(QueueCounts{{{"pending", 1}}, 1, 1}, 1);
    metrics.set_inbox_files(1);
    metrics.set_staging_depth(1);
    metrics.set_spool_free_bytes(1);
    metrics.set_workers(1, 2);
    return metrics.text();
}

class NamedMetrics : public testing::TestWithParam<const char *> {};

TEST_P(NamedMetrics, AreExported) {
    std::ifstream file(std::string(NEM12_SOURCE_DIR) + "/" + GetParam());
    std::stringstream content;
    content << file.rdbuf();
    const std::string text = content.str(), exported = all_metrics();
    const std::regex name(
        "nem12_([a-z_]+_(total|seconds|state|capacity|bytes|files|info)|queue_depth|staging_days|workers)\\b");
    int found = 0;
    for (std::sregex_iterator match(text.begin(), text.end(), name), end; match != end; ++match, ++found) {
        EXPECT_NE(exported.find("\n" + match->str()), std::string::npos) << match->str();
    }
    EXPECT_GE(found, 15);
}

INSTANTIATE_TEST_SUITE_P(Documents, NamedMetrics, testing::Values("docs/grafana/nem12-loader.json", "docs/operations.md"));

} // namespace
} // namespace nem12::loader

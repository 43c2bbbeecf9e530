// Every metric that the dashboard, the alert rules and the documentation name is exported from the start.

#include <fstream>
#include <regex>
#include <sstream>

#include <gtest/gtest.h>

#include "observe/metrics.hpp"

namespace nem12::loader {
namespace {

class NamedMetrics : public testing::TestWithParam<const char *> {};

TEST_P(NamedMetrics, AreExported) {
    std::ifstream file(std::string(NEM12_SOURCE_DIR) + "/" + GetParam());
    std::stringstream content;
    content << file.rdbuf();
    const std::string text = content.str(), exported = Metrics().text();
    const std::regex name(
        "nem12_([a-z_]+_(total|seconds|state|capacity|bytes|files|info)|queue_depth|staging_days|workers|ready)\\b");
    int found = 0;
    for (std::sregex_iterator match(text.begin(), text.end(), name), end; match != end; ++match, ++found) {
        EXPECT_NE(exported.find("\n" + match->str()), std::string::npos) << match->str();
    }
    EXPECT_GE(found, 10);
}

INSTANTIATE_TEST_SUITE_P(Documents, NamedMetrics,
                         testing::Values("docs/grafana/nem12-loader.json", "docs/operations.md",
                                         "docs/prometheus/nem12-alerts.yml"));

} // namespace
} // namespace nem12::loader

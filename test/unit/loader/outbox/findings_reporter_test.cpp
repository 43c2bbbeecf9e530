#include "outbox/findings_reporter.hpp"

#include <gtest/gtest.h>

#include "judge/validator.hpp"
#include "loader/support/loading_house.hpp"

namespace nem12::loader {
namespace {

using namespace std::chrono_literals;
using test::eventually;

JudgedFile a_file() {
    JudgedFile file;
    file.sha256 = std::string(64, 'a');
    file.name = "a.csv";
    return file;
}

class FindingsReporterTest : public ::testing::Test {
protected:
    FindingsReporterTest() { verdict_.from_participant = "MDP1"; }
    void report() { reporter_.report(a_file(), verdict_); }

    test::LedgerDatabase database_;
    BreakerConfig settings_{.retries = 1, .open_for = 1h, .open_max = 1h};
    CircuitBreaker breaker_{settings_};
    RightOfWay right_of_way_;
    FindingsReporter reporter_{database_.config(), breaker_, right_of_way_};
    Verdict verdict_ = refusal("value_count", "too few", "send more");
};

TEST_F(FindingsReporterTest, tells_the_database_and_names_the_sender) {
    report();
    ASSERT_TRUE(eventually([&] { return reporter_.idle(); }));
    EXPECT_EQ(
        database_.query("SELECT concat_ws('|', findings->0->>'code', from_participant, to_participant IS NULL) FROM errors"),
        "value_count|MDP1|t");
}

TEST_F(FindingsReporterTest, leaves_the_database_alone_while_the_breaker_is_open) {
    breaker_.failed(breaker_.allow().value(), "the server is away");
    ASSERT_EQ(breaker_.state(), BreakerState::kOpen);
    report();
    std::this_thread::sleep_for(3s);
    EXPECT_FALSE(reporter_.idle());
    EXPECT_EQ(database_.number("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'nem12-loader'"), 0);
    EXPECT_EQ(database_.number("SELECT count(*) FROM errors"), 0);
}

TEST(FindingsReporterAway, tells_the_breaker_of_a_server_that_is_away) {
    CircuitBreaker breaker{BreakerConfig{}};
    RightOfWay right_of_way;
    DatabaseConfig away;
    away.conninfo = "host=/nonexistent";
    FindingsReporter reporter(away, breaker, right_of_way);
    reporter.report(a_file(), refusal("value_count", "too few", "send more"));
    EXPECT_TRUE(eventually([&] { return breaker.failures_in_a_row() >= 1; }));
}

} // namespace
} // namespace nem12::loader

#include "merge/merge_timer.hpp"

#include <gtest/gtest.h>

#include "loader/support/loading_house.hpp"

namespace nem12::loader {
namespace {

using namespace std::chrono_literals;
using test::eventually;

class MergeTimerTest : public ::testing::Test {
protected:
    MergeTimerTest() {
        config_.database = database_.config();
        config_.merge.every_seconds = 1;
        config_.merge.max_days = 10;
        database_.query("INSERT INTO staging SELECT generate_series(1, 35)");
    }
    int64_t staged() { return database_.number("SELECT count(*) FROM staging"); }

    test::LedgerDatabase database_;
    Config config_;
    CircuitBreaker breaker_{BreakerConfig{}};
    test::CountingObserver observer_;
};

TEST_F(MergeTimerTest, merges_in_bounded_calls_until_nothing_is_left) {
    MergeTimer timer(config_, breaker_, observer_);
    auto counts = timer.merge_all();
    EXPECT_EQ(counts.inserted, 35);
    EXPECT_EQ(counts.remaining, 0);
    EXPECT_EQ(observer_.merged_days, 35);
    EXPECT_EQ(staged(), 0);
}

TEST_F(MergeTimerTest, runs_by_itself_and_again) {
    MergeTimer timer(config_, breaker_, observer_);
    timer.start();
    ASSERT_TRUE(eventually([&] { return staged() == 0; }));
    database_.query("INSERT INTO staging VALUES (1)");
    EXPECT_TRUE(eventually([&] { return staged() == 0; }));
}

TEST_F(MergeTimerTest, another_loaders_merge_is_no_failure) {
    PgConnection other(config_.database);
    other.ensure();
    other.execute("BEGIN", {}, Patience::of(10s));
    other.execute("SELECT pg_advisory_xact_lock(42)", {}, Patience::of(10s));
    MergeTimer timer(config_, breaker_, observer_);
    timer.start();
    std::this_thread::sleep_for(7s); // longer than lock_timeout
    EXPECT_EQ(breaker_.failures_in_a_row(), 0);
    EXPECT_EQ(staged(), 35);
    other.close();
    EXPECT_TRUE(eventually([&] { return staged() == 0; }));
}

TEST_F(MergeTimerTest, a_lost_server_is_told_to_the_breaker) {
    config_.database.conninfo = "host=/nonexistent";
    MergeTimer timer(config_, breaker_, observer_);
    timer.start();
    EXPECT_TRUE(eventually([&] { return breaker_.failures_in_a_row() == 1; }));
}

TEST_F(MergeTimerTest, stops_in_the_middle_of_a_merge) {
    database_.query("CREATE OR REPLACE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); "
                    "RETURN OLD; END $$;"
                    "CREATE TRIGGER slow BEFORE DELETE ON staging FOR EACH STATEMENT EXECUTE FUNCTION slow()");
    MergeTimer timer(config_, breaker_, observer_);
    timer.start();
    ASSERT_TRUE(eventually(
        [&] { return database_.number("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == 1; }));
    auto begin = std::chrono::steady_clock::now();
    timer.stop();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
    EXPECT_EQ(staged(), 35);
}

} // namespace
} // namespace nem12::loader

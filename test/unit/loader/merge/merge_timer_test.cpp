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

TEST_F(MergeTimerTest, reloads_do_not_put_off_the_next_merge) {
    MergeTimer timer(config_, breaker_, observer_);
    timer.start();
    EXPECT_TRUE(eventually([&] {
        timer.reload(config_.merge);
        return staged() == 0;
    }));
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

// Merges take so long from now on, and can be waited for.
void slow_down(const test::LedgerDatabase &database, int seconds) {
    database.query("CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(" +
                   std::to_string(seconds) +
                   "); RETURN OLD; END $$;"
                   "CREATE TRIGGER slow BEFORE DELETE ON staging FOR EACH STATEMENT EXECUTE FUNCTION slow()");
}

TEST_F(MergeTimerTest, other_settings_do_not_disturb_a_merge_under_way) {
    slow_down(database_, 2);
    config_.merge.max_days = 100;
    MergeTimer timer(config_, breaker_, observer_);
    timer.start();
    const std::string asleep = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    ASSERT_TRUE(eventually([&] { return database_.number(asleep) == 1; }));
    const std::string backend = database_.query("SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
    timer.reload({.every_seconds = 3600, .max_days = 100});
    ASSERT_TRUE(eventually([&] { return observer_.merged_days == 35; }));
    EXPECT_EQ(database_.query("SELECT count(*) FROM pg_stat_activity WHERE pid = " + backend), "1") << "the same session";
    database_.query("INSERT INTO staging VALUES (1)");
    std::this_thread::sleep_for(2s);
    EXPECT_EQ(staged(), 1) << "the new period";
    timer.reload({.every_seconds = 1, .max_days = 100});
    EXPECT_TRUE(eventually([&] { return staged() == 0; }));
}

TEST_F(MergeTimerTest, the_rest_is_merged_when_asked_while_the_caller_goes_on) {
    slow_down(database_, 3);
    config_.merge = {.every_seconds = 3600, .max_days = 100};
    MergeTimer timer(config_, breaker_, observer_);
    timer.start();
    auto begin = std::chrono::steady_clock::now();
    timer.merge_rest();
    EXPECT_FALSE(timer.rest_merged());
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 500ms) << "the merge takes three seconds";
    std::optional<bool> done;
    ASSERT_TRUE(eventually([&] { return (done = timer.rest_merged()).has_value(); }));
    EXPECT_TRUE(*done);
    EXPECT_EQ(staged(), 0);
    EXPECT_FALSE(timer.rest_merged()) << "told once";
    database_.query("ALTER FUNCTION nem12_merge_staging RENAME TO gone");
    timer.merge_rest();
    ASSERT_TRUE(eventually([&] { return (done = timer.rest_merged()).has_value(); }));
    EXPECT_FALSE(*done);
}

TEST_F(MergeTimerTest, a_merge_is_no_proof_that_files_can_be_loaded) {
    breaker_.failed(breaker_.allow().value(), "no space left on device");
    MergeTimer timer(config_, breaker_, observer_);
    timer.start();
    ASSERT_TRUE(eventually([&] { return staged() == 0; }));
    timer.stop();
    EXPECT_EQ(breaker_.failures_in_a_row(), 1);
}

} // namespace
} // namespace nem12::loader

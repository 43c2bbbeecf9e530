#include "load/leases.hpp"

#include <gtest/gtest.h>

#include "loader/support/redis_server.hpp"
#include "queue/redis_job_queue.hpp"

namespace nem12::loader {
namespace {

using namespace std::chrono_literals;

class LeasesTest : public ::testing::Test {
protected:
    LeasesTest() {
        config_.lease_seconds = 1;
        queue_ = make_redis_job_queue(server_.config(), config_);
        queue_->offer({"a", "a.csv", 1, ""});
        job_ = queue_->claim("w").value();
    }
    test::RedisServer server_;
    QueueConfig config_;
    std::unique_ptr<JobQueue> queue_;
    ClaimedJob job_;
    LoadObserver observer_;
    LoadProgress progress_;
};

TEST_F(LeasesTest, a_moving_load_keeps_its_lease) {
    Leases leases(*queue_, 1s, observer_);
    Leases::Held held(leases, job_, progress_);
    for (int i = 0; i < 25; ++i) {
        progress_.acknowledged += 1;
        std::this_thread::sleep_for(100ms);
        EXPECT_EQ(queue_->sweep().released, 0);
    }
    EXPECT_FALSE(progress_.cancel);
}

TEST_F(LeasesTest, a_hung_load_loses_it_and_is_cancelled_when_another_took_over) {
    Leases leases(*queue_, 1s, observer_);
    Leases::Held held(leases, job_, progress_);
    ASSERT_TRUE(test::eventually([&] { return queue_->sweep().released == 1; }));
    ASSERT_TRUE(queue_->claim("another"));
    progress_.acknowledged += 1; // it moves again, too late
    EXPECT_TRUE(test::eventually([&] { return held.lost(job_); }));
    EXPECT_TRUE(progress_.cancel);
    EXPECT_FALSE(queue_->finish(job_, JobStatus::kSuccess, ""));
}

TEST_F(LeasesTest, a_commit_under_way_counts_as_moving) {
    Leases leases(*queue_, 1s, observer_);
    Leases::Held held(leases, job_, progress_);
    progress_.finishing = true;
    std::this_thread::sleep_for(2500ms);
    EXPECT_EQ(queue_->sweep().released, 0);
    EXPECT_FALSE(held.lost(job_));
}

TEST_F(LeasesTest, redis_being_away_cancels_nothing) {
    Leases leases(*queue_, 1s, observer_);
    Leases::Held held(leases, job_, progress_);
    server_.stop(SIGKILL);
    for (int i = 0; i < 10; ++i) {
        progress_.acknowledged += 1;
        std::this_thread::sleep_for(100ms);
    }
    EXPECT_FALSE(progress_.cancel);
}

TEST_F(LeasesTest, waits_for_the_jobs_in_hand) {
    Leases leases(*queue_, 1s, observer_);
    auto held = std::make_unique<Leases::Held>(leases, job_, progress_);
    EXPECT_FALSE(leases.wait_until_none(std::chrono::steady_clock::now() + 20ms));
    leases.cancel_all();
    EXPECT_TRUE(progress_.cancel);
    EXPECT_FALSE(held->lost(job_)) << "a shutdown is no lost lease";
    held.reset();
    EXPECT_TRUE(leases.wait_until_none(std::chrono::steady_clock::now()));
}

} // namespace
} // namespace nem12::loader

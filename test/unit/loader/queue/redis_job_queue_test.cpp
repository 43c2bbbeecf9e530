#include "queue/redis_job_queue.hpp"

#include <gtest/gtest.h>

#include "loader/support/redis_server.hpp"

namespace nem12::loader {
namespace {

using namespace std::chrono_literals;
using test::RedisServer;

JobOffer job(const std::string &id, const std::string &creation = "202401010000", int64_t bytes = 100) {
    return {id, id + ".csv", bytes, creation};
}

class RedisJobQueueTest : public ::testing::Test {
protected:
    static void SetUpTestSuite() { server_ = std::make_unique<RedisServer>(); }
    static void TearDownTestSuite() { server_.reset(); }
    void SetUp() override {
        server_->call({"FLUSHALL"});
        make();
    }
    void make() { queue_ = make_redis_job_queue(server_->config(), config_); }
    JobStatus status(const std::string &id) { return queue_->find(id).value().status; }
    int64_t count(const std::string &status) { return queue_->counts().by_status.at(status); }

    static std::unique_ptr<RedisServer> server_;
    QueueConfig config_;
    std::unique_ptr<JobQueue> queue_;
};
std::unique_ptr<RedisServer> RedisJobQueueTest::server_;

TEST_F(RedisJobQueueTest, claims_the_oldest_file_creation_first_then_in_order_of_arrival) {
    queue_->offer(job("c", "202403010000"));
    queue_->offer(job("b", "202401010000"));
    queue_->offer(job("a", "202401010000"));
    queue_->offer(job("unknown", ""));
    for (const char *expected : {"unknown", "b", "a", "c"})
        EXPECT_EQ(queue_->claim("w")->id, expected);
    EXPECT_FALSE(queue_->claim("w"));
}

TEST_F(RedisJobQueueTest, several_are_offered_in_one_call) {
    config_.size = 2;
    make();
    queue_->offer(job("a"));
    const JobOffer offers[] = {job("a"), job("b"), job("c"), job("b")};
    EXPECT_EQ(queue_->offer(offers),
              (std::vector<Offered>{Offered::kDuplicate, Offered::kQueued, Offered::kFull, Offered::kDuplicate}));
    EXPECT_EQ(count("pending"), 2);
}

TEST_F(RedisJobQueueTest, several_are_claimed_and_ended_in_one_call) {
    for (const char *id : {"a", "b", "c", "d"})
        queue_->offer(job(id));
    EXPECT_EQ(queue_->claim("w", 3, 250).size(), 2u) << "as many as fit into the bytes";
    std::vector<ClaimedJob> rest = queue_->claim("w", 3, 10);
    ASSERT_EQ(rest.size(), 1u) << "the first is claimed whatever its size";
    EXPECT_EQ(rest[0].id, "c");
    rest.push_back(queue_->claim("w").value());
    EXPECT_NE(rest[0].fence, rest[1].fence);
    EXPECT_TRUE(queue_->claim("w", 3, 1000).empty());
    ClaimedJob stale = rest[1];
    stale.fence += "0";
    const JobEnd ends[] = {{&rest[0], JobStatus::kSuccess, "loaded"}, {&stale, JobStatus::kSuccess, "loaded"}};
    EXPECT_EQ(queue_->finish(ends), (std::vector<bool>{true, false}));
    EXPECT_EQ(queue_->find("c")->reason, "loaded");
    EXPECT_EQ(status("d"), JobStatus::kInProgress);
}

TEST_F(RedisJobQueueTest, a_job_that_somebody_had_in_hand_is_claimed_alone) {
    for (const char *id : {"a", "b", "c", "d"})
        queue_->offer(job(id));
    queue_->retry(queue_->claim("w").value(), 0ms, "trouble", false);
    EXPECT_EQ(queue_->claim("w", 4, 1000).size(), 1u) << "it comes first";
    std::vector<ClaimedJob> others = queue_->claim("w", 4, 1000);
    ASSERT_EQ(others.size(), 3u);
    queue_->retry(others[1], 0ms, "trouble", false); // c, behind b
    queue_->retry(others[0], 0ms, "trouble", false);
    queue_->offer(job("e"));
    for (const char *id : {"b", "c", "e"}) {
        std::vector<ClaimedJob> claimed = queue_->claim("w", 4, 1000);
        ASSERT_EQ(claimed.size(), 1u);
        EXPECT_EQ(claimed[0].id, id);
    }
    queue_->finish(others[2], JobStatus::kFailed, "x");
    queue_->requeue("d");
    queue_->offer(job("f"));
    EXPECT_EQ(queue_->claim("w", 4, 1000).size(), 2u) << "requeued by a person: as if it were new";
}

TEST_F(RedisJobQueueTest, a_job_goes_through_its_states_with_times_worker_and_reason) {
    ASSERT_EQ(queue_->offer(job("a")), Offered::kQueued);
    EXPECT_EQ(queue_->offer(job("a")), Offered::kDuplicate);
    EXPECT_EQ(status("a"), JobStatus::kPending);
    auto claim = queue_->claim("worker-1");
    ASSERT_TRUE(claim);
    EXPECT_EQ(claim->name, "a.csv");
    EXPECT_EQ(claim->deliveries, 1);
    EXPECT_EQ(queue_->offer(job("a")), Offered::kDuplicate);
    EXPECT_EQ(queue_->find("a")->worker, "worker-1");
    EXPECT_TRUE(queue_->renew(*claim));
    EXPECT_TRUE(queue_->finish(*claim, JobStatus::kSuccess, "loaded"));
    auto record = queue_->find("a").value();
    EXPECT_EQ(record.status, JobStatus::kSuccess);
    EXPECT_EQ(record.reason, "loaded");
    EXPECT_GT(record.queued_ms, 0);
    EXPECT_GE(record.started_ms, record.queued_ms);
    EXPECT_GE(record.done_ms, record.started_ms);
    EXPECT_EQ(queue_->offer(job("a")), Offered::kDuplicate);
    EXPECT_TRUE(queue_->finish(*claim, JobStatus::kSuccess, "loaded")) << "the answer may have been lost: said again";
    EXPECT_FALSE(queue_->finish(*claim, JobStatus::kFailed, "no"));
    EXPECT_EQ(count("success"), 1);
    EXPECT_EQ(queue_->counts().bytes, 0);
}

TEST_F(RedisJobQueueTest, finished_jobs_expire_and_live_ones_do_not) {
    config_.keep_seconds = 1234;
    make();
    queue_->offer(job("a"));
    EXPECT_EQ(number_of(server_->call({"TTL", "nem12:{main}:job:a"}).get()), -1);
    queue_->finish(*queue_->claim("w"), JobStatus::kFailed, "x");
    EXPECT_NEAR(static_cast<double>(number_of(server_->call({"TTL", "nem12:{main}:job:a"}).get())), 1234, 2);
    queue_->requeue("a");
    EXPECT_EQ(number_of(server_->call({"TTL", "nem12:{main}:job:a"}).get()), -1);
}

TEST_F(RedisJobQueueTest, only_a_final_status_finishes) {
    queue_->offer(job("a"));
    auto claim = queue_->claim("w");
    EXPECT_THROW(queue_->finish(*claim, JobStatus::kPending, ""), RedisError);
    EXPECT_EQ(status("a"), JobStatus::kInProgress);
}

TEST_F(RedisJobQueueTest, is_full_by_files_until_one_has_ended) {
    config_.size = 2;
    make();
    EXPECT_EQ(queue_->room(), 2);
    EXPECT_EQ(queue_->offer(job("a")), Offered::kQueued);
    EXPECT_EQ(queue_->offer(job("b")), Offered::kQueued);
    EXPECT_EQ(queue_->room(), 0);
    EXPECT_EQ(queue_->offer(job("c")), Offered::kFull);
    auto claim = queue_->claim("w");
    EXPECT_EQ(queue_->offer(job("c")), Offered::kFull) << "in progress counts";
    queue_->retry(*claim, 1h, "later", false);
    EXPECT_EQ(queue_->offer(job("c")), Offered::kFull) << "delayed counts";
    queue_->finish(*queue_->claim("w"), JobStatus::kSuccess, "");
    EXPECT_EQ(queue_->offer(job("c")), Offered::kQueued);
}

TEST_F(RedisJobQueueTest, is_full_by_bytes_but_takes_one_giant_when_empty) {
    config_.max_bytes = 1000;
    make();
    EXPECT_EQ(queue_->offer(job("giant", "", 5000)), Offered::kQueued);
    EXPECT_EQ(queue_->offer(job("b", "", 1)), Offered::kFull);
    queue_->finish(*queue_->claim("w"), JobStatus::kSuccess, "");
    EXPECT_EQ(queue_->offer(job("c", "", 600)), Offered::kQueued);
    EXPECT_EQ(queue_->offer(job("d", "", 500)), Offered::kFull);
    EXPECT_EQ(queue_->offer(job("e", "", 400)), Offered::kQueued);
    EXPECT_EQ(queue_->counts().bytes, 1000);
}

TEST_F(RedisJobQueueTest, retries_come_back_after_their_delay_in_their_old_place) {
    queue_->offer(job("old", "202301010000"));
    queue_->offer(job("new", "202401010000"));
    auto claim = queue_->claim("w");
    EXPECT_TRUE(queue_->retry(*claim, 50ms, "deadlock", true));
    EXPECT_EQ(status("old"), JobStatus::kPending);
    EXPECT_EQ(count("pending"), 2);
    EXPECT_FALSE(queue_->renew(*claim));
    EXPECT_EQ(queue_->sweep().promoted, 0);
    ASSERT_TRUE(test::eventually([&] { return queue_->sweep().promoted == 1; }));
    auto again = queue_->claim("w");
    EXPECT_EQ(again->id, "old");
    EXPECT_EQ(again->attempts, 1);
    EXPECT_EQ(again->deliveries, 1) << "an orderly return is no death";
    queue_->retry(*again, 0ms, "shutdown", false);
    EXPECT_EQ(queue_->claim("w")->attempts, 1);
}

TEST_F(RedisJobQueueTest, a_dead_workers_job_is_released_and_its_late_finish_refused) {
    config_.lease_seconds = 0;
    config_.max_deliveries = 2;
    make();
    queue_->offer(job("a"));
    auto dead = queue_->claim("dead");
    ASSERT_TRUE(test::eventually([&] { return queue_->sweep().released == 1; }));
    EXPECT_EQ(status("a"), JobStatus::kPending);
    auto next = queue_->claim("next");
    EXPECT_EQ(next->deliveries, 2);
    EXPECT_NE(next->fence, dead->fence);
    EXPECT_FALSE(queue_->renew(*dead));
    EXPECT_FALSE(queue_->finish(*dead, JobStatus::kSuccess, ""));
    EXPECT_FALSE(queue_->retry(*dead, 0ms, "", true));
    EXPECT_EQ(status("a"), JobStatus::kInProgress);
    ASSERT_TRUE(test::eventually([&] { return queue_->sweep().poisoned == 1; }));
    EXPECT_EQ(status("a"), JobStatus::kFailed);
    EXPECT_FALSE(queue_->finish(*next, JobStatus::kSuccess, "")) << "a final status stays";
    EXPECT_EQ(queue_->counts().bytes, 0);
}

TEST_F(RedisJobQueueTest, records_a_status_without_a_claim) {
    queue_->record(job("bad"), JobStatus::kRejected, "BAD_VALUE");
    EXPECT_EQ(status("bad"), JobStatus::kRejected);
    queue_->record(job("bad"), JobStatus::kRejected, "BAD_VALUE");
    EXPECT_EQ(count("rejected"), 1) << "the same content once";
    queue_->offer(job("a"));
    queue_->record(job("a"), JobStatus::kSuccess, "in the ledger");
    EXPECT_FALSE(queue_->claim("w"));
    queue_->record(job("a"), JobStatus::kFailed, "no");
    EXPECT_EQ(status("a"), JobStatus::kSuccess) << "loaded stays loaded";
    queue_->record(job("a"), JobStatus::kPending, "the ledger lost it");
    EXPECT_EQ(status("a"), JobStatus::kPending);
    EXPECT_EQ(count("success"), 0);
    auto claim = queue_->claim("w");
    queue_->record(job("a"), JobStatus::kFailed, "FILE_MISSING");
    EXPECT_TRUE(queue_->finish(*claim, JobStatus::kSuccess, "")) << "a living claim decides";
}

TEST_F(RedisJobQueueTest, a_file_of_no_bytes_can_be_requeued_and_ended) {
    queue_->record(job("empty", "", 0), JobStatus::kRejected, "FILE_EMPTY");
    ASSERT_TRUE(queue_->requeue("empty"));
    queue_->record(job("empty", "", 0), JobStatus::kRejected, "FILE_EMPTY");
    EXPECT_EQ(status("empty"), JobStatus::kRejected);
    EXPECT_EQ(queue_->counts().bytes, 0);
}

TEST_F(RedisJobQueueTest, requeues_failed_and_rejected_jobs_only) {
    queue_->offer(job("a", "202401010000", 70));
    queue_->offer(job("b"));
    queue_->finish(*queue_->claim("w"), JobStatus::kFailed, "broken");
    queue_->finish(*queue_->claim("w"), JobStatus::kSuccess, "");
    EXPECT_TRUE(queue_->requeue("a"));
    EXPECT_FALSE(queue_->requeue("a"));
    EXPECT_FALSE(queue_->requeue("b"));
    EXPECT_FALSE(queue_->requeue("never seen"));
    EXPECT_EQ(count("failed"), 0);
    EXPECT_EQ(queue_->counts().bytes, 70);
    EXPECT_EQ(queue_->claim("w")->deliveries, 1);
}

TEST_F(RedisJobQueueTest, a_requeued_job_is_claimed_at_once_where_its_file_is_now) {
    std::unique_ptr<JobQueue> here = make_redis_job_queue(server_->config(), config_, "here");
    std::unique_ptr<JobQueue> elsewhere = make_redis_job_queue(server_->config(), config_, "elsewhere");
    here->record(job("refused by validation"), JobStatus::kRejected, "line 3");
    EXPECT_TRUE(here->requeue("refused by validation"));
    EXPECT_TRUE(here->claim("w"));
    elsewhere->offer(job("failed elsewhere"));
    elsewhere->finish(*elsewhere->claim("w"), JobStatus::kFailed, "broken");
    EXPECT_TRUE(here->requeue("failed elsewhere"));
    EXPECT_FALSE(elsewhere->claim("w"));
    EXPECT_TRUE(here->claim("w"));
}

TEST_F(RedisJobQueueTest, lists_each_status) {
    for (const char *id : {"a", "b", "c", "d", "e"})
        queue_->offer(job(id));
    queue_->finish(*queue_->claim("w"), JobStatus::kFailed, "1");
    queue_->finish(*queue_->claim("w"), JobStatus::kFailed, "2");
    queue_->claim("w");
    queue_->retry(*queue_->claim("w"), 1h, "", false);
    EXPECT_EQ(queue_->list(JobStatus::kFailed, 10).size(), 2u);
    EXPECT_EQ(queue_->list(JobStatus::kFailed, 1).size(), 1u);
    ASSERT_EQ(queue_->list(JobStatus::kPending, 10).size(), 2u);
    EXPECT_EQ(queue_->list(JobStatus::kPending, 10)[0].id, "d");
    EXPECT_EQ(queue_->list(JobStatus::kInProgress, 10).at(0).id, "c");
    EXPECT_TRUE(queue_->list(JobStatus::kSuccess, 10).empty());
    EXPECT_GE(queue_->counts().oldest_pending_ms, 0);
}

TEST_F(RedisJobQueueTest, a_flush_in_the_middle_gives_a_new_epoch_and_refuses_old_claims) {
    std::string before = queue_->epoch();
    EXPECT_EQ(queue_->epoch(), before);
    queue_->offer(job("a"));
    auto old = queue_->claim("w");
    server_->call({"FLUSHALL"});
    EXPECT_NE(queue_->epoch(), before);
    EXPECT_FALSE(queue_->renew(*old));
    queue_->offer(job("a"));
    auto fresh = queue_->claim("w");
    ASSERT_TRUE(fresh);
    EXPECT_NE(fresh->fence, old->fence);
    EXPECT_FALSE(queue_->finish(*old, JobStatus::kSuccess, ""));
    EXPECT_TRUE(queue_->finish(*fresh, JobStatus::kSuccess, ""));
}

// Whatever key somebody deletes: offering the file again must make the job claimable, and nothing may throw.
TEST_F(RedisJobQueueTest, survives_the_loss_of_any_key) {
    for (std::string key :
         {"pending:", "in_progress", "delayed", "queued", "size", "stat", "fence", "epoch", "homes", "job:a"}) {
        SCOPED_TRACE(key);
        for (bool claimed : {false, true}) {
            server_->call({"FLUSHALL"});
            queue_->offer(job("a"));
            std::optional<ClaimedJob> old;
            if (claimed)
                old = queue_->claim("w");
            server_->call({"DEL", "nem12:{main}:" + key});
            bool lost_its_place = key == "job:a" || key == (claimed ? "in_progress" : "pending:");
            EXPECT_EQ(queue_->offer(job("a")), lost_its_place ? Offered::kQueued : Offered::kDuplicate);
            queue_->sweep();
            auto now = lost_its_place || !claimed ? queue_->claim("w2") : old;
            ASSERT_TRUE(now);
            if (old && lost_its_place) {
                EXPECT_NE(old->fence, now->fence);
                EXPECT_FALSE(queue_->finish(*old, JobStatus::kSuccess, ""));
            }
            EXPECT_TRUE(queue_->finish(*now, JobStatus::kSuccess, ""));
            EXPECT_EQ(queue_->offer(job("b")), Offered::kQueued);
            EXPECT_EQ(queue_->counts().bytes, 100);
        }
    }
}

TEST_F(RedisJobQueueTest, files_are_claimed_where_they_are_and_counted_once) {
    config_.size = 2;
    config_.lease_seconds = 1;
    auto here = make_redis_job_queue(server_->config(), config_, "here");
    auto there = make_redis_job_queue(server_->config(), config_, "there");
    EXPECT_EQ(here->offer(job("a")), Offered::kQueued);
    EXPECT_EQ(there->offer(job("a")), Offered::kDuplicate);
    EXPECT_EQ(there->offer(job("b")), Offered::kQueued);
    EXPECT_EQ(here->offer(job("c")), Offered::kFull);
    auto claim = there->claim("w");
    EXPECT_EQ(claim->id, "b");
    EXPECT_FALSE(there->claim("w"));
    there->retry(*claim, 0ms, "", false);
    EXPECT_EQ(here->claim("w")->id, "a");
    EXPECT_FALSE(here->claim("w"));
    EXPECT_EQ(there->claim("w")->id, "b");
}

TEST_F(RedisJobQueueTest, a_job_whose_home_is_gone_moves_to_the_next_that_has_the_file) {
    config_.lease_seconds = 0;
    auto gone = make_redis_job_queue(server_->config(), config_, "gone");
    auto here = make_redis_job_queue(server_->config(), config_, "here");
    gone->offer(job("a"));
    ASSERT_TRUE(test::eventually([&] { return here->offer(job("a")) == Offered::kQueued; }));
    EXPECT_FALSE(gone->claim("w"));
    EXPECT_EQ(here->claim("w")->id, "a");
    EXPECT_EQ(here->counts().bytes, 100);
}

TEST_F(RedisJobQueueTest, a_claim_skips_ids_without_a_job) {
    queue_->offer(job("gone", "202301010000"));
    queue_->offer(job("there"));
    server_->call({"DEL", "nem12:{main}:job:gone"});
    EXPECT_EQ(queue_->claim("w")->id, "there");
    EXPECT_EQ(queue_->counts().bytes, 100);
}

TEST_F(RedisJobQueueTest, an_eviction_policy_is_told) {
    EXPECT_EQ(queue_->wrong_settings(), "");
    server_->call({"CONFIG", "SET", "maxmemory-policy", "allkeys-lru"});
    EXPECT_NE(queue_->wrong_settings().find("allkeys-lru"), std::string::npos);
    server_->call({"CONFIG", "SET", "maxmemory-policy", "noeviction"});
    EXPECT_EQ(queue_->wrong_settings(), "");
}

TEST_F(RedisJobQueueTest, a_user_of_its_own_and_what_it_lacks) {
    server_->call({"ACL", "SETUSER", "small", "on", ">secret", "~*", "+@all", "-info"});
    RedisConfig config = server_->config();
    config.user = "small";
    config.password = "wrong";
    const auto kind_of = [&](auto &&call) {
        try {
            call();
        } catch (const RedisError &error) {
            return error.kind();
        }
        return RedisError::Kind::kRefused;
    };
    EXPECT_EQ(kind_of([&] { make_redis_job_queue(config, config_)->room(); }), RedisError::Kind::kConfig);
    config.password = "secret";
    auto queue = make_redis_job_queue(config, config_);
    EXPECT_EQ(queue->offer(job("a")), Offered::kQueued);
    EXPECT_EQ(queue->wrong_settings(), ""); // may not ask
    server_->call({"ACL", "SETUSER", "small", "-zrange"});
    EXPECT_EQ(kind_of([&] { queue->claim("w"); }), RedisError::Kind::kConfig); // inside the function
    server_->call({"ACL", "SETUSER", "small", "-fcall"});
    EXPECT_EQ(kind_of([&] { queue->claim("w"); }), RedisError::Kind::kConfig);
    server_->call({"ACL", "DELUSER", "small"});
}

} // namespace
} // namespace nem12::loader

#include "outbox/queue_news.hpp"

#include <csignal>

#include <gtest/gtest.h>

#include "loader/support/archives.hpp"
#include "loader/support/child_process.hpp"
#include "loader/support/redis_server.hpp"
#include "queue/redis_job_queue.hpp"

namespace nem12::loader {
namespace {

using test::eventually;

class QueueNewsTest : public ::testing::Test {
protected:
    ClaimedJob claimed(const std::string &id) {
        queue_->offer({id, id + ".csv", 1, "202401010000"});
        return queue_->claim("w").value();
    }

    test::RedisServer server_;
    test::TemporaryDirectory directory_;
    std::unique_ptr<JobQueue> queue_ = make_redis_job_queue(server_.config(), QueueConfig{});
    QueueNews news_{*queue_};
    Outbox outbox_{directory_.path(), {.queue = &news_}};
};

TEST_F(QueueNewsTest, an_end_that_redis_did_not_hear_is_told_later) {
    const ClaimedJob job = claimed("a");
    server_.stop(SIGKILL);
    outbox_.put(Audience::kQueue, ended_message(job, JobStatus::kSuccess, "loaded"));
    outbox_.deliver();
    EXPECT_FALSE(outbox_.idle());
    server_.start();
    EXPECT_TRUE(eventually([&] {
        outbox_.deliver();
        return outbox_.idle();
    }));
    EXPECT_EQ(queue_->find("a")->status, JobStatus::kSuccess);
    EXPECT_EQ(queue_->find("a")->reason, "loaded");
}

TEST_F(QueueNewsTest, an_end_of_a_claim_that_is_another_workers_now_changes_nothing) {
    ClaimedJob job = claimed("a");
    job.fence = "another:1";
    outbox_.put(Audience::kQueue, ended_message(job, JobStatus::kFailed, "too late"));
    outbox_.deliver();
    EXPECT_TRUE(outbox_.idle());
    EXPECT_EQ(queue_->find("a")->status, JobStatus::kInProgress);
}

TEST_F(QueueNewsTest, a_refusal_is_recorded_and_recorded_again_without_a_change) {
    JudgedFile file;
    file.sha256 = "b";
    file.name = "b.csv";
    file.bytes = 7;
    for (int i = 0; i < 2; ++i)
        outbox_.put(Audience::kQueue, rejected_message(file, "line 3"));
    outbox_.deliver();
    EXPECT_TRUE(outbox_.idle());
    EXPECT_EQ(queue_->counts().by_status.at("rejected"), 1);
    EXPECT_EQ(queue_->find("b")->reason, "line 3");
    EXPECT_EQ(queue_->find("b")->bytes, 7);
}

TEST_F(QueueNewsTest, a_refusal_that_redis_hears_late_does_not_undo_a_requeue) {
    JudgedFile file;
    file.sha256 = "b";
    file.name = "b.csv";
    const nlohmann::json late = rejected_message(file, "line 3"), again = late;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    outbox_.put(Audience::kQueue, late);
    outbox_.deliver();
    ASSERT_TRUE(queue_->requeue("b"));
    outbox_.put(Audience::kQueue, again); // told once more, as after a crash
    outbox_.deliver();
    EXPECT_TRUE(outbox_.idle());
    EXPECT_EQ(queue_->find("b")->status, JobStatus::kPending);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    outbox_.put(Audience::kQueue, rejected_message(file, "line 4")); // judged again, and refused again
    outbox_.deliver();
    EXPECT_TRUE(outbox_.idle());
    EXPECT_EQ(queue_->find("b")->status, JobStatus::kRejected);
    EXPECT_EQ(queue_->find("b")->reason, "line 4");
}

TEST_F(QueueNewsTest, what_makes_no_sense_is_set_aside) {
    outbox_.put(Audience::kQueue, {{"id", "a"}, {"status", "perhaps"}});
    outbox_.put(Audience::kQueue, {{"id", 7}});
    outbox_.deliver();
    EXPECT_TRUE(outbox_.idle());
    EXPECT_EQ(
        std::distance(std::filesystem::directory_iterator(directory_.path() / "aside"), std::filesystem::directory_iterator{}),
        2);
}

} // namespace
} // namespace nem12::loader

#include "reconcile/reconciler.hpp"

#include <gtest/gtest.h>

#include "load/worker_pool.hpp"
#include "loader/support/loading_house.hpp"

namespace nem12::loader {
namespace {

using namespace std::chrono_literals;
using test::eventually;

class ReconcilerTest : public ::testing::Test, protected test::LoadingHouse {
protected:
    Reconciler::Repairs reconcile() { return Reconciler(config, *queue, *spool, *breaker, observer).reconcile(); }
    void load(const JudgedFile &file) {
        PgConnection connection(config.database);
        PreparedMonths months;
        LoadProgress progress;
        LoadStream(connection, months, {}).load(file, progress);
    }
    JudgedFile file_ = put("100,a\n", "a.csv");
};

TEST_F(ReconcilerTest, a_file_without_a_job_is_offered_once) {
    EXPECT_EQ(reconcile().offered, 1);
    EXPECT_EQ(status(file_), JobStatus::kPending);
    EXPECT_EQ(reconcile().offered, 0);
    EXPECT_EQ(observer.repairs, 1);
}

TEST_F(ReconcilerTest, a_file_in_the_ledger_is_archived_and_recorded) {
    load(file_);
    EXPECT_EQ(reconcile().loaded, 1);
    EXPECT_EQ(status(file_), JobStatus::kSuccess);
    EXPECT_EQ(files_in(config.ingest.archive), 1u);
    EXPECT_EQ(reconcile().loaded, 0);
}

TEST_F(ReconcilerTest, a_living_job_is_left_alone) {
    queue->offer({file_.sha256, file_.name, 1, ""});
    auto claim = queue->claim("w");
    auto repairs = reconcile();
    EXPECT_EQ(repairs.offered + repairs.loaded + repairs.reopened + repairs.failed + repairs.rejected, 0);
    EXPECT_TRUE(queue->finish(*claim, JobStatus::kSuccess, ""));
}

TEST_F(ReconcilerTest, a_success_the_ledger_does_not_know_is_loaded_again) {
    queue->record({file_.sha256, file_.name, 1, ""}, JobStatus::kSuccess, "loaded");
    EXPECT_EQ(reconcile().reopened, 1);
    EXPECT_EQ(status(file_), JobStatus::kPending);
}

TEST_F(ReconcilerTest, ends_interrupted_before_the_file_moved_are_completed) {
    auto other = put("100,b\n", "b.csv");
    queue->record({file_.sha256, file_.name, 1, ""}, JobStatus::kFailed, "poison");
    queue->record({other.sha256, other.name, 1, ""}, JobStatus::kRejected, "BAD: values");
    auto repairs = reconcile();
    EXPECT_EQ(repairs.failed, 1);
    EXPECT_EQ(repairs.rejected, 1);
    EXPECT_EQ(files_in(config.ingest.failed), 1u);
    EXPECT_EQ(files_in(config.ingest.rejected), 1u);
    EXPECT_TRUE(spool->list().empty());
}

TEST_F(ReconcilerTest, a_full_queue_leaves_the_rest_for_later) {
    config.queue.size = 1;
    queue = make_redis_job_queue(config.redis, config.queue);
    put("100,b\n", "b.csv");
    put("100,c\n", "c.csv");
    auto repairs = reconcile();
    EXPECT_EQ(repairs.offered, 1);
    EXPECT_TRUE(repairs.full);
    EXPECT_EQ(spool->list().size(), 3u);
}

TEST_F(ReconcilerTest, what_a_full_queue_left_follows_as_soon_as_half_of_it_is_empty) {
    config.queue.size = 2;
    queue = make_redis_job_queue(config.redis, config.queue);
    for (const char *content : {"100,b\n", "100,c\n", "100,d\n", "100,e\n", "100,f\n", "100,g\n"})
        put(content, "more.csv");
    WorkerPool pool(config, *queue, *breaker, *spool, *outbox, observer);
    Reconciler reconciler(config, *queue, *spool, *breaker, observer, [&] { pool.wake(); });
    reconciler.start();
    pool.start();
    EXPECT_TRUE(eventually([&] { return spool->list().empty(); }, 30s)); // not two a minute
    EXPECT_EQ(ledger(), 7);
}

TEST_F(ReconcilerTest, without_a_database_files_are_offered_and_nothing_is_disposed_of) {
    load(file_);
    queue->record({file_.sha256, file_.name, 1, ""}, JobStatus::kSuccess, "loaded");
    put("100,b\n", "b.csv");
    config.database.conninfo = "host=/nonexistent";
    auto repairs = reconcile();
    EXPECT_EQ(repairs.offered, 1);
    EXPECT_EQ(repairs.reopened + repairs.loaded, 0);
    EXPECT_EQ(spool->list().size(), 2u);
}

TEST_F(ReconcilerTest, a_flush_in_the_middle_of_the_work_loses_and_doubles_nothing) {
    for (int i = 0; i < 40; ++i)
        put_and_offer("100," + std::to_string(i) + "\n!SLEEP 0.05\n", "f" + std::to_string(i) + ".csv");
    WorkerPool pool(config, *queue, *breaker, *spool, *outbox, observer);
    Reconciler reconciler(config, *queue, *spool, *breaker, observer, [&] { pool.wake(); });
    reconciler.start();
    pool.start();
    ASSERT_TRUE(eventually([&] { return observer.loads >= 5; }));
    redis.call({"FLUSHALL"});
    ASSERT_TRUE(eventually([&] { return spool->list().empty() && all_done(); }, 60s));
    EXPECT_EQ(ledger(), 41);
    EXPECT_EQ(files_in(config.ingest.archive), 41u);
    EXPECT_EQ(count("failed") + count("rejected"), 0);
}

TEST_F(ReconcilerTest, a_poisonous_file_is_set_aside) {
    config.queue.lease_seconds = 0;
    config.queue.max_deliveries = 1;
    queue = make_redis_job_queue(config.redis, config.queue);
    queue->offer({file_.sha256, file_.name, 1, ""});
    queue->claim("crashes");
    Reconciler reconciler(config, *queue, *spool, *breaker, observer);
    reconciler.start();
    ASSERT_TRUE(eventually([&] { return spool->list().empty(); }));
    EXPECT_EQ(status(file_), JobStatus::kFailed);
    EXPECT_EQ(files_in(config.ingest.failed), 1u);
}

} // namespace
} // namespace nem12::loader

#include "load/worker_pool.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "loader/support/archives.hpp"
#include "loader/support/loading_house.hpp"

namespace nem12::loader {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using test::LedgerDatabase;

class WorkerPoolTest : public ::testing::Test, protected test::LoadingHouse {
protected:
    void start() {
        pool_ = std::make_unique<WorkerPool>(config, *queue, *breaker, *spool, *outbox, observer);
        pool_->start();
    }
    void put_many(int files, const std::string &more = "") {
        for (int i = 0; i < files; ++i)
            put_and_offer("100," + std::to_string(i) + "\n200,x\n" + more + "900\n", "file" + std::to_string(i) + ".csv");
    }
    std::unique_ptr<WorkerPool> pool_;
};

TEST_F(WorkerPoolTest, good_files_are_loaded_once_and_archived) {
    put_many(50);
    start();
    ASSERT_TRUE(eventually([&] { return all_done() && observer.ends == 50; }));
    ASSERT_TRUE(eventually([&] { return spool->list().empty(); }));
    EXPECT_EQ(ledger(), 50);
    EXPECT_EQ(count("success"), 50);
    EXPECT_EQ(files_in(config.ingest.archive), 50u);
    EXPECT_EQ(observer.loads, 50);
    EXPECT_EQ(moves(), "");
}

TEST_F(WorkerPoolTest, small_files_share_a_transaction) {
    config.process.workers = 1;
    put_many(40);
    start();
    ASSERT_TRUE(eventually([&] { return all_done() && observer.ends == 40 && spool->list().empty(); }));
    EXPECT_EQ(ledger(), 40);
    EXPECT_EQ(database.number("SELECT count(DISTINCT xmin::text) FROM ledger"), 3);
    EXPECT_EQ(observer.loads, 40);
    EXPECT_EQ(observer.hands, 0);
}

// Refused, deadlocked, slow, corrupt, gone: each meets its own end, and those that were claimed with it are loaded.
TEST_F(WorkerPoolTest, one_bad_file_does_not_spoil_those_claimed_with_it) {
    config.process.workers = 1;
    config.queue.max_attempts = 1;
    put_many(4);
    auto refused = put_and_offer("100\n!RAISE NM003\n", "refused.csv");
    auto locked = put_and_offer("100\n!RAISE 40P01\n", "locked.csv");
    auto corrupt = put_and_offer("100\nwill rot\n", "corrupt.csv");
    std::ofstream(corrupt.path, std::ios::app) << "rotten";
    auto gone = put_and_offer("100\nwill go\n", "gone.csv");
    std::filesystem::remove(gone.path);
    auto known = put("100\nknown\n", "known.csv");
    database.query("INSERT INTO ledger (sha256) VALUES (decode('" + known.sha256 + "', 'hex'))");
    queue->offer({known.sha256, known.name, known.bytes, known.file_creation});
    start();
    ASSERT_TRUE(eventually([&] { return all_done() && spool->list().empty(); }));
    EXPECT_EQ(status(refused), JobStatus::kRejected);
    for (const JudgedFile &failed : {locked, corrupt, gone})
        EXPECT_EQ(status(failed), JobStatus::kFailed) << failed.name;
    EXPECT_EQ(status(known), JobStatus::kSuccess);
    EXPECT_EQ(count("success"), 5);
    EXPECT_EQ(ledger(), 5);
    EXPECT_EQ(observer.ends, 9);
    EXPECT_EQ(observer.hands, 0);
    EXPECT_EQ(moves(), "");
}

TEST_F(WorkerPoolTest, new_work_is_taken_at_once_after_wake) {
    put_and_offer("100,first\n", "first.csv");
    start();
    ASSERT_TRUE(eventually([&] { return observer.loads == 1; }));
    for (int i = 0; i < 5; ++i) {
        put_and_offer("100,again\n" + std::to_string(i), "again.csv");
        pool_->wake();
        ASSERT_TRUE(eventually([&] { return observer.loads == 2 + i; }));
    }
    EXPECT_LT(observer.last_queue_to_commit.load(), 1000ms);
}

TEST_F(WorkerPoolTest, a_file_the_server_refuses_is_rejected_with_a_report_and_never_retried) {
    auto bad = put_and_offer("100\n!RAISE NM003\n", "bad.csv");
    put_many(3);
    start();
    ASSERT_TRUE(eventually([&] { return all_done() && spool->list().empty(); }));
    EXPECT_EQ(status(bad), JobStatus::kRejected);
    EXPECT_EQ(queue->find(bad.sha256)->deliveries, 1);
    // Validation of the same bytes has more to say: the server's error comes first in every place.
    const std::string first = "line 7, record 300, field 3: VALUE_NOT_A_NUMBER: the file says so";
    EXPECT_EQ(queue->find(bad.sha256)->reason.substr(0, first.size()), first);
    EXPECT_EQ(database.query("SELECT findings->0->>'code' FROM errors"), "VALUE_NOT_A_NUMBER");
    for (const auto &entry : std::filesystem::recursive_directory_iterator(config.ingest.rejected)) {
        if (entry.path().extension() == ".json") {
            EXPECT_EQ(nlohmann::json::parse(test::slurp(entry.path()))["findings"][0]["code"], "VALUE_NOT_A_NUMBER");
        }
    }
    EXPECT_EQ(files_in(config.ingest.rejected), 1u);
    EXPECT_EQ(files_in(config.ingest.rejected, ".json"), 1u);
    EXPECT_EQ(database.query("SELECT findings->0->>'line' FROM errors"), "7");
    EXPECT_EQ(ledger(), 3);
    EXPECT_EQ(observer.retries, 0);
    EXPECT_EQ(moves(), "");
}

TEST_F(WorkerPoolTest, a_deadlock_is_tried_again_until_the_attempts_are_used_up) {
    config.queue.max_attempts = 2;
    queue = make_redis_job_queue(config.redis, config.queue);
    auto unlucky = put_and_offer("100\n!RAISE 40P01\n", "unlucky.csv");
    start();
    ASSERT_TRUE(eventually([&] { return queue->sweep(), all_done() && spool->list().empty(); }));
    EXPECT_EQ(status(unlucky), JobStatus::kFailed);
    EXPECT_EQ(queue->find(unlucky.sha256)->attempts, 1);
    EXPECT_EQ(files_in(config.ingest.failed), 1u);
    EXPECT_EQ(moves(), "") << "the breaker has no part in it";
}

TEST_F(WorkerPoolTest, a_corrupt_spool_file_fails_and_the_rest_goes_on) {
    auto corrupt = put_and_offer("100,original\n", "corrupt.csv");
    std::ofstream(corrupt.path, std::ios::binary) << "100,0riginal\n";
    put_many(2);
    start();
    ASSERT_TRUE(eventually([&] { return all_done() && spool->list().empty(); }));
    EXPECT_EQ(status(corrupt), JobStatus::kFailed);
    EXPECT_EQ(queue->find(corrupt.sha256)->reason.substr(0, 13), "SPOOL_CORRUPT");
    EXPECT_EQ(ledger(), 2);
}

TEST_F(WorkerPoolTest, a_job_without_a_file_fails_unless_the_ledger_knows_it) {
    config.queue.max_attempts = 1;
    auto gone = put_and_offer("100,gone\n", "gone.csv");
    auto done = put_and_offer("100,done\n", "done.csv");
    PgConnection connection(config.database);
    PreparedMonths months;
    LoadProgress progress;
    LoadStream(connection, months, {}).load(done, progress);
    for (const auto &file : {gone, done})
        spool->loaded(file.sha256); // a crash took the worker after COMMIT
    start();
    ASSERT_TRUE(eventually([&] { return all_done(); }));
    EXPECT_EQ(status(done), JobStatus::kSuccess);
    EXPECT_EQ(status(gone), JobStatus::kFailed);
    EXPECT_EQ(queue->find(gone.sha256)->reason.substr(0, 12), "FILE_MISSING");
    EXPECT_EQ(ledger(), 1);
}

TEST_F(WorkerPoolTest, a_file_that_another_worker_settled_after_it_was_found_is_no_failure) {
    database.query("CREATE OR REPLACE FUNCTION nem12_prepare_months(months date[]) RETURNS integer LANGUAGE sql AS "
                   "$$ SELECT pg_sleep(2); SELECT 1 $$");
    auto file = put_and_offer("100,late\n", "late.csv");
    start();
    ASSERT_TRUE(
        eventually([&] { return database.number("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == 1; }));
    database.query("INSERT INTO ledger (sha256, file_name, chunks) VALUES ('\\x" + file.sha256 + "', 'late.csv', 1)");
    spool->loaded(file.sha256);
    ASSERT_TRUE(eventually([&] { return all_done(); }));
    EXPECT_EQ(status(file), JobStatus::kSuccess);
    EXPECT_EQ(files_in(config.ingest.failed), 0u);
}

TEST_F(WorkerPoolTest, a_database_that_stops_opens_the_breaker_and_loses_nothing) {
    put_many(60, "!SLEEP 0.05\n");
    start();
    ASSERT_TRUE(eventually([&] { return observer.loads >= 5; }));
    LedgerDatabase::server().stop(SIGQUIT);
    ASSERT_TRUE(eventually([&] { return breaker->state() == BreakerState::kOpen; }));
    LedgerDatabase::server().start();
    ASSERT_TRUE(eventually([&] { return queue->sweep(), all_done(); }, 60s));
    EXPECT_EQ(count("success"), 60);
    EXPECT_EQ(ledger(), 60);
    EXPECT_TRUE(moves().starts_with("open ")) << moves();
    EXPECT_TRUE(moves().ends_with("half_open closed ")) << moves();
    EXPECT_GT(database.number("SELECT n FROM canary"), 0);
    // A server process that is gone without a word counts against the file it had in hand, since that may be what killed it.
    int attempts = 0;
    for (const auto &job : queue->list(JobStatus::kSuccess, 100)) {
        EXPECT_LE(job.attempts, 1);
        attempts += job.attempts;
    }
    EXPECT_LE(attempts, config.process.workers) << "only files in hand";
}

// A full tablespace: one small row still fits, a file does not.
TEST_F(WorkerPoolTest, the_breaker_stays_open_while_canaries_pass_and_loads_fail) {
    put_and_offer("100\n!RAISE 53100\n", "big.csv");
    put_many(5, "!RAISE 53100\n");
    start();
    ASSERT_TRUE(eventually([&] { return database.number("SELECT n FROM canary") >= 3; }, 60s));
    EXPECT_EQ(moves().find("closed"), std::string::npos) << moves();
    EXPECT_EQ(count("failed") + count("rejected"), 0);
    EXPECT_EQ(count("pending") + count("in_progress"), 6);
    database.query("ALTER FUNCTION nem12_load_chunk(bytea) RENAME TO full_disk;"
                   "CREATE FUNCTION nem12_load_chunk(content bytea) RETURNS void LANGUAGE sql AS "
                   "$$ INSERT INTO stream (pid, content) VALUES (pg_backend_pid(), $1) $$");
    ASSERT_TRUE(eventually([&] { return all_done(); }, 60s));
    EXPECT_EQ(ledger(), 6);
    EXPECT_TRUE(moves().ends_with("half_open closed ")) << moves();
    for (const auto &job : queue->list(JobStatus::kSuccess, 100))
        EXPECT_EQ(job.attempts, 0);
}

TEST_F(WorkerPoolTest, a_record_that_cannot_be_read_costs_its_job_and_no_worker) {
    config.queue.max_attempts = 2;
    queue = make_redis_job_queue(config.redis, config.queue);
    auto unreadable = put_and_offer("100,unreadable\n", "unreadable.csv");
    auto record = config.ingest.spool / "meta" / (unreadable.sha256 + ".json");
    std::filesystem::rename(record, record.string() + ".away");
    std::filesystem::create_directory(record); // root may read everything else
    put_many(3);
    start();
    ASSERT_TRUE(eventually([&] { return queue->sweep(), all_done(); }));
    EXPECT_EQ(ledger(), 3);
    EXPECT_EQ(status(unreadable), JobStatus::kFailed);
    EXPECT_EQ(pool_->busy(), 0u);
    EXPECT_TRUE(eventually([&] { return observer.hands == 0; })) << "nobody has a file in hand";
    std::filesystem::remove(record);
    std::filesystem::rename(record.string() + ".away", record);
}

TEST_F(WorkerPoolTest, many_refusals_do_not_move_the_breaker) {
    for (int i = 0; i < 150; ++i)
        put_and_offer("100," + std::to_string(i) + "\n!RAISE NM003\n", "bad" + std::to_string(i) + ".csv");
    start();
    ASSERT_TRUE(eventually([&] { return all_done(); }, 60s));
    EXPECT_EQ(count("rejected"), 150);
    EXPECT_EQ(moves(), "");
}

TEST_F(WorkerPoolTest, a_missing_function_pauses_and_its_return_resumes) {
    database.query("ALTER FUNCTION nem12_load_end RENAME TO nem12_load_end_gone");
    put_many(3);
    start();
    ASSERT_TRUE(eventually([&] { return !pool_->paused().empty(); }));
    EXPECT_NE(pool_->paused().find("42883"), std::string::npos);
    EXPECT_EQ(count("pending") + count("in_progress"), 3);
    database.query("ALTER FUNCTION nem12_load_end_gone RENAME TO nem12_load_end");
    ASSERT_TRUE(eventually([&] { return all_done(); }, 60s));
    EXPECT_EQ(pool_->paused(), "");
    EXPECT_EQ(ledger(), 3);
    EXPECT_EQ(moves(), "");
}

TEST_F(WorkerPoolTest, redis_away_while_loading_finishes_the_file_in_hand) {
    auto file = put_and_offer("100\n!SLEEP 1\n", "slow.csv");
    start();
    ASSERT_TRUE(eventually([&] { return pool_->busy() == 1; }));
    redis.stop(SIGKILL);
    ASSERT_TRUE(eventually([&] { return observer.loads == 1; }));
    ASSERT_TRUE(eventually([&] { return spool->list().empty(); }));
    redis.start();
    ASSERT_TRUE(eventually([&] {
        try {
            return status(file) == JobStatus::kSuccess;
        } catch (const RedisError &) {
            return false;
        }
    }));
    EXPECT_EQ(ledger(), 1);
}

TEST_F(WorkerPoolTest, draining_finishes_the_files_in_hand_and_claims_no_more) {
    put_many(10, "!SLEEP 0.5\n" + std::string(3 << 19, 'x') + "\n"); // too large to be claimed together
    start();
    ASSERT_TRUE(eventually([&] { return pool_->busy() == 3; }));
    EXPECT_TRUE(pool_->drain());
    EXPECT_EQ(count("in_progress"), 0);
    EXPECT_EQ(count("success"), ledger());
    EXPECT_GE(ledger(), 3);
    EXPECT_EQ(count("pending"), 10 - ledger());
}

TEST_F(WorkerPoolTest, draining_gives_back_what_takes_too_long_without_counting) {
    config.process.drain_seconds = 1;
    auto file = put_and_offer("100\n!SLEEP 60\n", "slow.csv");
    start();
    ASSERT_TRUE(eventually([&] { return pool_->busy() == 1; }));
    auto begin = std::chrono::steady_clock::now();
    EXPECT_FALSE(pool_->drain());
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
    auto job = queue->find(file.sha256).value();
    EXPECT_EQ(job.status, JobStatus::kPending);
    EXPECT_EQ(job.attempts, 0);
    EXPECT_EQ(job.deliveries, 0);
    EXPECT_EQ(ledger(), 0);
}

} // namespace
} // namespace nem12::loader

// The queue when many pull at it, and when Redis is restarted, flushed, full, stuck or strict.

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "loader/support/redis_server.hpp"
#include "queue/functions.hpp"
#include "queue/redis_job_queue.hpp"

namespace nem12::loader {
namespace {

using test::RedisServer;

TEST(QueueFaults, eight_workers_claim_five_thousand_jobs_exactly_once) {
    constexpr int kJobs = 5000, kWorkers = 8;
    RedisServer server({"--appendfsync", "no"});
    auto queue = make_redis_job_queue(server.config(), {});
    for (int i = 0; i < kJobs; ++i)
        ASSERT_EQ(queue->offer({"job" + std::to_string(i), "f", 10, "202401010000"}), Offered::kQueued);
    std::mutex mutex;
    std::set<std::string> ids, fences;
    std::atomic<int> claims{0};
    std::vector<std::thread> workers;
    for (int w = 0; w < kWorkers; ++w)
        workers.emplace_back([&, w] {
            auto own = make_redis_job_queue(server.config(), {});
            while (auto claim = own->claim("w" + std::to_string(w))) {
                ++claims;
                EXPECT_TRUE(own->finish(*claim, JobStatus::kSuccess, ""));
                std::lock_guard lock(mutex);
                ids.insert(claim->id);
                fences.insert(claim->fence);
            }
        });
    for (auto &worker : workers)
        worker.join();
    EXPECT_EQ(claims, kJobs);
    EXPECT_EQ(ids.size(), static_cast<size_t>(kJobs));
    EXPECT_EQ(fences.size(), static_cast<size_t>(kJobs));
    auto counts = queue->counts();
    EXPECT_EQ(counts.by_status["success"], kJobs);
    EXPECT_EQ(counts.by_status["pending"] + counts.by_status["in_progress"] + counts.bytes, 0);
    EXPECT_EQ(queue->list(JobStatus::kSuccess, 1000).size(), 1000u) << "the list of the latest is bounded";
}

TEST(QueueFaults, concurrent_offers_never_pass_the_bound) {
    RedisServer server({"--appendfsync", "no"});
    QueueConfig config;
    config.size = 100;
    std::atomic<int> queued{0};
    std::vector<std::thread> offerers;
    for (int t = 0; t < 4; ++t)
        offerers.emplace_back([&, t] {
            auto own = make_redis_job_queue(server.config(), config);
            for (int i = 0; i < 100; ++i)
                queued += own->offer({std::to_string(t) + "-" + std::to_string(i), "f", 10, ""}) == Offered::kQueued;
        });
    for (auto &offerer : offerers)
        offerer.join();
    EXPECT_EQ(queued, 100);
}

TEST(QueueFaults, a_restart_keeps_jobs_and_functions) {
    RedisServer server;
    auto queue = make_redis_job_queue(server.config(), {});
    queue->offer({"a", "a.csv", 10, ""});
    auto claim = queue->claim("w");
    std::string epoch = queue->epoch();
    server.restart(SIGKILL);
    EXPECT_EQ(text_of(server.call({"FCALL_RO", "nem12_version", "0"}).get()), queue_library().version);
    EXPECT_THROW(queue->counts(), RedisError); // the lost connection is told once
    EXPECT_TRUE(queue->finish(*claim, JobStatus::kSuccess, ""));
    EXPECT_EQ(queue->epoch(), epoch);
}

TEST(QueueFaults, flushed_functions_are_loaded_again) {
    RedisServer server;
    auto queue = make_redis_job_queue(server.config(), {});
    queue->offer({"a", "a.csv", 10, ""});
    server.call({"FUNCTION", "FLUSH"});
    EXPECT_TRUE(queue->claim("w"));
    server.call({"FUNCTION", "FLUSH"});
    EXPECT_EQ(queue->counts().by_status["in_progress"], 1);
}

TEST(QueueFaults, another_versions_functions_are_replaced_at_connect) {
    RedisServer server;
    server.call({"FUNCTION", "LOAD",
                 "#!lua name=nem12\nredis.register_function{function_name='nem12_version', "
                 "callback=function() return 'older' end, flags={'no-writes'}}"});
    EXPECT_EQ(make_redis_job_queue(server.config(), {})->offer({"a", "a.csv", 10, ""}), Offered::kQueued);
}

TEST(QueueFaults, a_full_redis_refuses_offers_and_still_drains) {
    RedisServer server;
    auto queue = make_redis_job_queue(server.config(), {});
    queue->offer({"a", "a.csv", 10, ""});
    queue->offer({"b", "b.csv", 10, ""});
    server.call({"CONFIG", "SET", "maxmemory", "1"});
    EXPECT_EQ(queue->offer({"c", "c.csv", 10, ""}), Offered::kFull);
    auto claim = queue->claim("w");
    ASSERT_TRUE(claim);
    EXPECT_TRUE(queue->renew(*claim));
    EXPECT_TRUE(queue->retry(*claim, std::chrono::milliseconds(1), "", true));
    ASSERT_TRUE(test::eventually([&] { return queue->sweep().promoted == 1; }));
    EXPECT_TRUE(queue->finish(*queue->claim("w"), JobStatus::kSuccess, ""));
    EXPECT_TRUE(queue->finish(*queue->claim("w"), JobStatus::kSuccess, ""));
    EXPECT_EQ(queue->counts().by_status["success"], 2);
    server.call({"CONFIG", "SET", "maxmemory", "0"});
    EXPECT_EQ(queue->offer({"c", "c.csv", 10, ""}), Offered::kQueued);
}

TEST(QueueFaults, a_missing_server_is_unavailable_and_the_next_call_connects) {
    RedisServer server;
    auto queue = make_redis_job_queue(server.config(), {});
    server.stop();
    try {
        queue->claim("w");
        FAIL() << "no error";
    } catch (const RedisError &error) {
        EXPECT_EQ(error.kind(), RedisError::Kind::kUnavailable);
    }
    server.start();
    EXPECT_FALSE(queue->claim("w"));
}

TEST(QueueFaults, a_late_answer_never_answers_another_question) {
    RedisServer server;
    RedisClient client(server.config());
    client.call({"SET", "k", "old"});
    server.pause();
    EXPECT_THROW(client.call({"GET", "k"}), RedisError);
    EXPECT_FALSE(client.connected());
    server.resume();
    EXPECT_EQ(text_of(client.call({"ECHO", "new"}).get()), "new");
}

TEST(QueueFaults, a_wrong_password_and_missing_rights_are_config_errors) {
    RedisServer server({"--requirepass", "secret"});
    auto kind_with = [&](const std::string &password) {
        RedisConfig config = server.config();
        config.password = password;
        try {
            make_redis_job_queue(config, {})->counts();
        } catch (const RedisError &error) {
            EXPECT_EQ(std::string(error.what()).find(password.empty() ? "secret" : password), std::string::npos);
            return error.kind();
        }
        return RedisError::Kind::kRefused;
    };
    EXPECT_EQ(kind_with(""), RedisError::Kind::kConfig);
    EXPECT_EQ(kind_with("wr0ng-one"), RedisError::Kind::kConfig);
    RedisConfig config = server.config();
    config.password = "secret";
    EXPECT_EQ(make_redis_job_queue(config, {})->offer({"a", "a.csv", 1, ""}), Offered::kQueued);
}

// The rights the README gives the loader's Redis user suffice once an administrator has loaded the functions.
TEST(QueueFaults, works_with_few_rights_once_the_functions_are_there) {
    RedisServer server;
    make_redis_job_queue(server.config(), {})->counts();
    server.call({"ACL", "SETUSER", "loader", "on", ">pw", "~nem12:{main}:*", "+@all", "-@admin", "-@dangerous", "-eval",
                 "-evalsha", "-function", "-script"});
    RedisConfig config = server.config();
    RedisClient limited(config);
    limited.call({"AUTH", "loader", "pw"});
    limited.call(
        {"FCALL", "nem12_offer", "1", config.prefix, "10", "1000", "epoch", "home", "60000", "a", "a.csv", "1", "", ""});
    const RedisReply claimed =
        limited.call({"FCALL", "nem12_claim", "1", config.prefix, "w", "60000", "epoch", "home", "2", "1000"});
    ASSERT_EQ(claimed->elements, 1u);
    EXPECT_EQ(claimed->element[0]->elements, 6u);
    EXPECT_THROW(limited.call({"FCALL", "nem12_claim", "1", "other:", "w", "60000", "epoch", "home", "2", "1000"}), RedisError);
}

} // namespace
} // namespace nem12::loader

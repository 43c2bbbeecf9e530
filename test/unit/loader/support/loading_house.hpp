#pragma once
// Everything the workers need: a Redis, a database, a spool.

#include <atomic>
#include <fstream>
#include <mutex>

#include "breaker/circuit_breaker.hpp"
#include "loader/support/ledger_database.hpp"
#include "loader/support/redis_server.hpp"
#include "observe/load_observer.hpp"
#include "outbox/findings_news.hpp"
#include "outbox/queue_news.hpp"
#include "queue/redis_job_queue.hpp"
#include "spool/spool.hpp"

namespace nem12::loader::test {

struct CountingObserver : LoadObserver {
    void in_hand(int change) override { hands += change; }
    void loaded(const JudgedFile &, const LoadOutcome &, std::chrono::milliseconds time) override {
        ++loads;
        last_queue_to_commit = time;
    }
    void ended(const ClaimedJob &, JobStatus, std::string_view) override { ++ends; }
    void retried(const ClaimedJob &, std::string_view) override { ++retries; }
    void merged(const MergeCounts &counts) override { merged_days += counts.inserted; }
    void repaired(std::string_view, int64_t count) override { repairs += count; }
    std::atomic<int64_t> loads{0}, ends{0}, retries{0}, merged_days{0}, repairs{0}, hands{0};
    std::atomic<std::chrono::milliseconds> last_queue_to_commit{};
};

class LoadingHouse {
public:
    LoadingHouse() {
        for (auto [folder, name] : {std::pair{&config.ingest.inbox, "inbox"},
                                    {&config.ingest.spool, "spool"},
                                    {&config.ingest.archive, "archive"},
                                    {&config.ingest.rejected, "rejected"},
                                    {&config.ingest.failed, "failed"}})
            *folder = directory_.path() / name;
        config.database = database.config();
        config.database.max_connections = 10;
        config.redis = redis.config();
        config.process.workers = 3;
        config.breaker.backoff = std::chrono::milliseconds(10);
        config.breaker.backoff_max = std::chrono::milliseconds(50);
        config.breaker.open_for = std::chrono::milliseconds(50);
        config.breaker.open_max = std::chrono::milliseconds(200);
        breaker = std::make_unique<CircuitBreaker>(config.breaker);
        breaker->on_transition([this](const BreakerTransition &t) {
            const std::lock_guard lock(moves_mutex_);
            moves_ += std::string(name_of(t.to)) + " ";
        });
        spool = std::make_unique<Spool>(config.ingest);
        queue = make_redis_job_queue(config.redis, config.queue);
        outbox_queue = make_redis_job_queue(config.redis, config.queue);
        queue_news = std::make_unique<QueueNews>(*outbox_queue);
        findings_news = std::make_unique<FindingsNews>(config.database, *breaker, right_of_way);
        outbox = std::make_unique<Outbox>(config.ingest.spool / "outbox",
                                          Outbox::Recipients{.queue = queue_news.get(), .errors = findings_news.get()});
        outbox->start();
    }

    JudgedFile put(const std::string &content, const std::string &name) {
        auto temp = spool->temp_path();
        std::ofstream(temp, std::ios::binary) << content;
        JudgedFile file;
        file.sha256 = sha256_of_file(temp);
        file.name = name;
        file.bytes = static_cast<int64_t>(content.size());
        file.file_creation = "202401010000";
        file.months = {"2024-01-01"};
        spool->add(file, TempFile(temp));
        return file;
    }
    JudgedFile put_and_offer(const std::string &content, const std::string &name) {
        JudgedFile file = put(content, name);
        queue->offer({file.sha256, file.name, file.bytes, file.file_creation});
        return file;
    }
    JobStatus status(const JudgedFile &file) { return queue->find(file.sha256).value().status; }
    int64_t count(const std::string &status) { return queue->counts().by_status.at(status); }
    int64_t ledger() { return database.number("SELECT count(*) FROM ledger"); }
    static size_t files_in(const std::filesystem::path &folder, const std::string &extension = ".csv") {
        size_t n = 0;
        for (const auto &entry : std::filesystem::recursive_directory_iterator(folder))
            n += entry.is_regular_file() && entry.path().extension() == extension;
        return n;
    }
    std::string moves() { // of the breaker
        const std::lock_guard lock(moves_mutex_);
        return moves_;
    }
    // The loads this observer saw end and the queue agrees that nothing is left.
    bool all_done() {
        auto counts = queue->counts();
        return counts.by_status["pending"] + counts.by_status["in_progress"] == 0;
    }

    RedisServer redis;
    LedgerDatabase database;
    Config config;
    CountingObserver observer;
    std::unique_ptr<CircuitBreaker> breaker;
    std::unique_ptr<Spool> spool;
    std::unique_ptr<JobQueue> queue, outbox_queue;
    RightOfWay right_of_way;
    std::unique_ptr<QueueNews> queue_news;
    std::unique_ptr<FindingsNews> findings_news;
    std::unique_ptr<Outbox> outbox;

private:
    std::mutex moves_mutex_;
    std::string moves_;
    TemporaryDirectory directory_;
};

} // namespace nem12::loader::test

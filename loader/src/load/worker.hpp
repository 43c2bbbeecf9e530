#pragma once
// One worker: claims a job, streams its file, says how it ended. It has a connection of its own.

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "breaker/circuit_breaker.hpp"
#include "config/config.hpp"
#include "database/load_stream.hpp"
#include "load/error_policy.hpp"
#include "load/leases.hpp"
#include "load/pause.hpp"
#include "observe/load_observer.hpp"
#include "outbox/outbox.hpp"
#include "spool/spool.hpp"

namespace nem12::loader {

// What the workers of a pool share.
struct WorkShop {
    WorkShop(const Config &config, JobQueue &queue, CircuitBreaker &breaker, Spool &spool, Outbox &outbox,
             LoadObserver &observer)
        : config(config), queue(queue), breaker(breaker), spool(spool), outbox(outbox), observer(observer),
          leases(queue, std::chrono::seconds(config.queue.lease_seconds), observer) {}

    const Config config;
    JobQueue &queue;
    CircuitBreaker &breaker;
    Spool &spool;
    Outbox &outbox;
    LoadObserver &observer;
    PreparedMonths months;
    Pause pause;
    Leases leases;

    std::mutex mutex;
    std::condition_variable wake; // new work, or the end
    uint64_t wakes = 0;
    bool stop = false; // claim nothing more
};

class Worker {
public:
    Worker(WorkShop &shop, std::string name, std::string thread_name);
    void run(); // until shop.stop

private:
    bool step(); // false: nothing to do now
    void try_to_close(BreakerTicket ticket);
    bool try_canary(BreakerTicket ticket, bool for_a_pause); // false: it failed, and that is dealt with
    std::vector<ClaimedJob> claim(int most_files);           // small ones, if several
    void work_on_all(const std::vector<ClaimedJob> &jobs, BreakerTicket ticket);
    bool load_together(const std::vector<ClaimedJob> &jobs, BreakerTicket ticket); // false: each has to be loaded alone
    void note_loaded(const ClaimedJob &job, const JudgedFile &file, const LoadOutcome &outcome, std::chrono::milliseconds took);
    void work_on(const ClaimedJob &job, BreakerTicket ticket);
    void load(const ClaimedJob &job, const JudgedFile &file, BreakerTicket ticket, Leases::Held &held, LoadProgress &progress);
    void missing(const ClaimedJob &job);
    void after_error(const ClaimedJob &job, const JudgedFile *file, const DatabaseError &error, BreakerTicket ticket);
    bool may_go_on(BreakerTicket &ticket);
    void after_cancel(const ClaimedJob &job, bool lost);
    void after_trouble(const ClaimedJob &job, const std::exception &error);
    void give_back(const ClaimedJob &job, std::chrono::milliseconds delay, std::string_view reason, bool count_attempt);
    void end(const ClaimedJob &job, JobStatus status, std::string_view reason);
    void end_all(const std::vector<JobEnd> &ends);
    void fail(const ClaimedJob &job, std::string_view reason);
    void reject(const ClaimedJob &job, const JudgedFile &file, const DatabaseError &error);
    void works_again(); // the database took what we gave it
    void wait(std::chrono::milliseconds time);
    double jitter() { return std::uniform_real_distribution<double>(0.0, 1.0)(random_); }

    WorkShop &shop_;
    const std::string name_, thread_name_;
    PgConnection connection_;
    LoadStream stream_;
    std::minstd_rand random_{std::random_device{}()};
    bool queue_was_away_ = false;
    bool ended_ = false; // the job in hand has its final answer
};

} // namespace nem12::loader

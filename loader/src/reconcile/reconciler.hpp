#pragma once
// Puts spool, ledger and queue in step again after any crash, flush or loss. The spool says what is not yet loaded, the
// ledger what is; the queue is an index that can be rebuilt. Every rule can be applied any number of times:
//
//   file in the spool    job in the queue     in the ledger
//   yes                  none or living       -              offered (again): a living job in its place is a duplicate
//   yes                  ended or none        yes            disposed of as loaded, recorded as success
//   yes                  success              no             the ledger has lost it: pending again
//   yes                  failed, rejected     no             moved where the status says
//
// A job whose file is gone is found by the worker that claims it; the job of a loader that died, by this comparison. Expired
// leases are released by the sweep, every second.

#include <atomic>
#include <functional>
#include <set>
#include <string>

#include "base/ticker.hpp"
#include "breaker/circuit_breaker.hpp"
#include "config/config.hpp"
#include "observe/load_observer.hpp"
#include "queue/job_queue.hpp"
#include "spool/spool.hpp"

namespace nem12::loader {

class Reconciler {
public:
    // on_offered: there may be new work (WorkerPool::wake).
    Reconciler(const Config &config, JobQueue &queue, Spool &spool, CircuitBreaker &breaker, LoadObserver &observer,
               std::function<void()> on_offered = {});

    void start() { thread_.start(); }
    void stop() { thread_.stop(); } // cancels a question to the server under way

    struct Repairs {
        int offered = 0, loaded = 0, reopened = 0, failed = 0, rejected = 0;
        bool full = false; // the queue took no more; the rest waits until half of it is empty, or for the next time
    };
    // One pass over the spool. Throws RedisError; a database that is away only leaves its rules for later.
    Repairs reconcile();

    bool started() const { return looked_; } // it has tried its first pass

    static constexpr std::chrono::seconds kEvery{60};

private:
    std::chrono::milliseconds step();
    void tick();
    bool half_empty(); // the queue
    void look_for_lost_files();
    std::set<std::string> ask_ledger(const std::vector<JudgedFile> &files, bool &answered);
    bool ledger_lacks(const std::string &sha256);

    const Config config_;
    JobQueue &queue_;
    Spool &spool_;
    CircuitBreaker &breaker_;
    LoadObserver &observer_;
    std::function<void()> on_offered_;
    PgConnection connection_;
    std::string epoch_;
    std::chrono::steady_clock::time_point next_{};
    bool queue_was_away_ = false, was_full_ = false;
    std::atomic<bool> looked_{false};
    Ticker thread_;
};

} // namespace nem12::loader

#pragma once
// Calls nem12_merge_staging() every merge.every_seconds. The server lets one merge run at a time, over all loaders.

#include <condition_variable>
#include <mutex>
#include <thread>

#include "breaker/circuit_breaker.hpp"
#include "config/config.hpp"
#include "load/load_observer.hpp"

namespace nem12::loader {

class MergeTimer {
public:
    MergeTimer(const Config &config, CircuitBreaker &breaker, LoadObserver &observer);
    ~MergeTimer(); // stop()

    void start();
    void stop(); // cancels a merge under way; the server rolls it back, and staging keeps its days

    // Merges until nothing is left, or nothing moves. Sums of what was done. Throws DatabaseError or Cancelled.
    MergeCounts merge_all();

private:
    void run();
    void merge_guarded();

    const Config config_;
    CircuitBreaker &breaker_;
    LoadObserver &observer_;
    PgConnection connection_;
    std::atomic<bool> cancel_{false};
    std::mutex mutex_;
    std::condition_variable stopped_;
    bool stop_ = false;
    std::thread thread_;
};

} // namespace nem12::loader

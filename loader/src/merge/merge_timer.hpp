#pragma once
// Calls nem12_merge_staging() every merge.every_seconds. The server lets one merge run at a time, over all loaders.

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "breaker/circuit_breaker.hpp"
#include "config/config.hpp"
#include "observe/load_observer.hpp"

namespace nem12::loader {

class MergeTimer {
public:
    MergeTimer(const Config &config, CircuitBreaker &breaker, LoadObserver &observer);
    ~MergeTimer(); // stop()

    void start();
    // Other settings, also while it runs; a merge under way goes on.
    void reload(const MergeConfig &config);
    // A merge now, on the timer's thread. rest_merged returns nothing while it is running, then, once, whether it
    // finished.
    void merge_rest();
    std::optional<bool> rest_merged();
    void stop(); // cancels a merge under way; the server rolls it back, and staging keeps its days

    // Merges until nothing is left, or nothing moves. Sums of what was done. Throws DatabaseError or Cancelled.
    MergeCounts merge_all();

private:
    void run();
    bool merge_guarded(); // false: it did not finish
    MergeConfig settings() const;

    const Config config_; // but for [merge]
    MergeConfig merge_;
    CircuitBreaker &breaker_;
    LoadObserver &observer_;
    PgConnection connection_;
    std::atomic<bool> cancel_{false};
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    bool stop_ = false, reloaded_ = false, asked_ = false;
    std::optional<bool> rest_merged_;
    std::thread thread_;
};

} // namespace nem12::loader

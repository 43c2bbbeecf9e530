#pragma once
// Calls nem12_merge_staging() every merge.every_seconds. The server lets one merge run at a time, over all loaders.

#include <mutex>
#include <optional>

#include "base/ticker.hpp"
#include "breaker/circuit_breaker.hpp"
#include "config/config.hpp"
#include "observe/load_observer.hpp"

namespace nem12::loader {

class MergeTimer {
public:
    MergeTimer(const Config &config, CircuitBreaker &breaker, LoadObserver &observer);

    void start(); // the first merge is one period later
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
    std::chrono::milliseconds step();
    bool merge_guarded(); // false: it did not finish
    MergeConfig settings() const;

    const Config config_; // but for [merge]
    MergeConfig merge_;
    CircuitBreaker &breaker_;
    LoadObserver &observer_;
    PgConnection connection_;
    mutable std::mutex mutex_;
    bool asked_ = false;
    std::optional<bool> rest_merged_;
    std::chrono::steady_clock::time_point last_{}; // merge
    Ticker thread_;
};

} // namespace nem12::loader

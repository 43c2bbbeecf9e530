#pragma once
// What the stages tell, as metrics, readiness reasons and heartbeats.

#include <map>
#include <mutex>
#include <string>

#include "observe/heartbeats.hpp"
#include "observe/load_observer.hpp"
#include "observe/metrics.hpp"
#include "observe/troubles.hpp"

namespace nem12::loader {

class Observation : public LoadObserver {
public:
    // longest_step: longer than any single step of a thread may take. Silent for that time and the time it said it would sleep,
    // it counts as stalled.
    explicit Observation(std::chrono::milliseconds longest_step) : longest_step_(longest_step) {}

    Metrics metrics;
    Troubles troubles;
    Heartbeats heartbeats;

    int64_t busy() const { return busy_; } // files that are being loaded

    void in_hand(int change) override { busy_ += change; }
    void claimed(const ClaimedJob &job) override;
    void loaded(const JudgedFile &file, const LoadOutcome &outcome, std::chrono::milliseconds queue_to_commit) override;
    void ended(const ClaimedJob &job, JobStatus status, std::string_view reason) override;
    void retried(const ClaimedJob &job, std::string_view reason) override;
    void lease_lost(const ClaimedJob &job) override;
    void database_error(const DatabaseError &error) override;
    void database_trouble(std::string_view reason) override;
    void queue_trouble(std::string_view reason) override;
    void merged(const MergeCounts &counts) override;
    void repaired(std::string_view rule, int64_t count) override;
    void beat(std::string_view thread, std::chrono::milliseconds sleeps) override;
    using LoadObserver::beat;

private:
    const std::chrono::milliseconds longest_step_;
    std::atomic<int64_t> busy_{0};
    std::mutex mutex_;
    std::map<std::string, Heartbeat *, std::less<>> beats_;
};

} // namespace nem12::loader

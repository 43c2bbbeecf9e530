#pragma once
// What the stages tell, as metrics, readiness reasons and heartbeats.

#include <map>
#include <mutex>
#include <string>

#include "load/load_observer.hpp"
#include "operate/heartbeats.hpp"
#include "operate/metrics.hpp"
#include "operate/troubles.hpp"

namespace nem12::loader {

class Observation : public LoadObserver {
public:
    // longest_silence: of a thread before it counts as stalled; longer than any single step may take.
    explicit Observation(std::chrono::seconds longest_silence) : longest_silence_(longest_silence) {}

    Metrics metrics;
    Troubles troubles;
    Heartbeats heartbeats;

    int64_t busy() const { return busy_; }

    void claimed(const ClaimedJob &job) override;
    void loaded(const SpooledFile &file, const LoadOutcome &outcome, std::chrono::milliseconds queue_to_commit) override;
    void ended(const ClaimedJob &job, JobStatus status, std::string_view reason) override;
    void retried(const ClaimedJob &job, std::string_view reason) override;
    void lease_lost(const ClaimedJob &job) override;
    void database_error(const DatabaseError &error) override;
    void database_trouble(std::string_view reason) override;
    void queue_trouble(std::string_view reason) override;
    void merged(const MergeCounts &counts) override;
    void repaired(std::string_view rule, int64_t count) override;
    void beat(std::string_view thread) override;

private:
    const std::chrono::seconds longest_silence_;
    std::atomic<int64_t> busy_{0};
    std::mutex mutex_;
    std::map<std::string, Heartbeat *, std::less<>> beats_;
};

} // namespace nem12::loader

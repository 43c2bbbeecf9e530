#pragma once
// What the moving half of the loader tells about itself: for metrics, readiness and the live picture. Called from several
// threads at once, and never under a lock of the caller's; must not block or throw. (The log is written by the stages.)

#include <chrono>
#include <cstdint>
#include <string_view>

#include "database/database_error.hpp"
#include "database/load_stream.hpp"
#include "database/server_calls.hpp"
#include "judge/judged_file.hpp"
#include "queue/job_queue.hpp"

namespace nem12::loader {

class LoadObserver {
public:
    virtual ~LoadObserver() = default;

    // A load begins (+1) or has ended (-1), however it ended.
    virtual void in_hand(int /*change*/) {}

    // Workers. A claimed job ends in one of ended, retried, lease_lost.
    virtual void claimed(const ClaimedJob &) {}
    virtual void acknowledged(int64_t /*bytes*/) {} // of a file under way, each chunk
    virtual void loaded(const JudgedFile &, const LoadOutcome &, std::chrono::milliseconds /*queue_to_commit*/) {}
    virtual void ended(const ClaimedJob &, JobStatus, std::string_view /*reason*/) {} // after loaded(), too
    virtual void retried(const ClaimedJob &, std::string_view /*reason*/) {}
    virtual void lease_lost(const ClaimedJob &) {}

    virtual void database_error(const DatabaseError &) {}         // every one, of workers, merge and canary
    virtual void database_trouble(std::string_view /*reason*/) {} // loading is paused until a person acts; "": again well
    virtual void queue_trouble(std::string_view /*reason*/) {}    // Redis cannot be used; "": again well

    virtual void merged(const MergeCounts &) {}
    virtual void repaired(std::string_view /*rule*/, int64_t /*count*/) {
    } // the reconciler, and sweeps: promoted, released, poisoned
    // A thread's loop turned (worker-1, merge, reconcile, lease), and may now sleep that long before it takes its next step.
    virtual void beat(std::string_view /*thread*/, std::chrono::milliseconds /*sleeps*/) {}
    void beat(std::string_view thread) { beat(thread, std::chrono::milliseconds(0)); }
};

} // namespace nem12::loader

#pragma once
// Keeps the leases of the jobs in hand. A thread renews them, but only of loads that move: one that hangs loses its lease,
// and another worker takes the job over. Whoever has lost a lease is cancelled.

#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <set>
#include <span>
#include <string>

#include "base/ticker.hpp"
#include "database/load_stream.hpp"
#include "observe/load_observer.hpp"
#include "queue/job_queue.hpp"

namespace nem12::loader {

class Leases {
public:
    Leases(JobQueue &queue, std::chrono::milliseconds lease, LoadObserver &observer);

    // What a worker has in hand, from claim to its end: a job, or several that are loaded together. Jobs and progress must
    // outlive it. When one of several is lost, the load of all is cancelled.
    class Held {
    public:
        Held(Leases &leases, std::span<const ClaimedJob> jobs, LoadProgress &progress);
        Held(Leases &leases, const ClaimedJob &job, LoadProgress &progress) : Held(leases, {&job, 1}, progress) {}
        ~Held();
        Held(const Held &) = delete;
        Held &operator=(const Held &) = delete;
        bool lost(const ClaimedJob &job) const; // the queue said that it is no longer ours

    private:
        friend class Leases;
        Leases &leases_;
        const std::span<const ClaimedJob> jobs_;
        LoadProgress &progress_;
        int64_t seen_ = -1; // acknowledged when it last moved
        std::chrono::steady_clock::time_point moved_;
        std::set<std::string, std::less<>> lost_; // fences
    };

    void cancel_all();
    size_t held() const;
    bool wait_until_none(std::chrono::steady_clock::time_point deadline);

private:
    void renew_all();

    JobQueue &queue_;
    const std::chrono::milliseconds lease_;
    LoadObserver &observer_;
    mutable std::mutex mutex_;
    std::condition_variable put_down_;
    std::list<Held *> held_;
    Ticker thread_;
};

} // namespace nem12::loader

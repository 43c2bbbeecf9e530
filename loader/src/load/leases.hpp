#pragma once
// Keeps the leases of the jobs in hand. A thread renews them, but only of loads that move: one that hangs loses its lease,
// and another worker takes the job over. Whoever has lost a lease is cancelled.

#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>

#include "database/load_stream.hpp"
#include "observe/load_observer.hpp"
#include "queue/job_queue.hpp"

namespace nem12::loader {

class Leases {
public:
    Leases(JobQueue &queue, std::chrono::milliseconds lease, LoadObserver &observer);
    ~Leases();

    // A job in hand, from claim to its end. The progress must outlive it.
    class Held {
    public:
        Held(Leases &leases, const ClaimedJob &job, LoadProgress &progress);
        ~Held();
        Held(const Held &) = delete;
        Held &operator=(const Held &) = delete;
        bool lost() const; // the queue said that it is no longer ours

    private:
        friend class Leases;
        Leases &leases_;
        const ClaimedJob &job_;
        LoadProgress &progress_;
        int64_t seen_ = -1; // acknowledged when it last moved
        std::chrono::steady_clock::time_point moved_;
        bool lost_ = false;
    };

    void cancel_all();
    size_t held() const;
    bool wait_until_none(std::chrono::steady_clock::time_point deadline);

private:
    void run();
    void renew_all();

    JobQueue &queue_;
    const std::chrono::milliseconds lease_;
    LoadObserver &observer_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::list<Held *> held_;
    bool stop_ = false;
    std::thread thread_;
};

} // namespace nem12::loader

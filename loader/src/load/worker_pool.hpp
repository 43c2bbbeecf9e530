#pragma once
// The workers' threads.

#include <memory>
#include <thread>
#include <vector>

#include "load/worker.hpp"

namespace nem12::loader {

class WorkerPool {
public:
    // process.workers threads, but no more than database.max_connections leaves beside merge and reconciler.
    WorkerPool(const Config &config, JobQueue &queue, CircuitBreaker &breaker, Spool &spool, Outbox &outbox,
               LoadObserver &observer);
    ~WorkerPool(); // stop_now()

    void start();
    void wake(); // there is work: called after an offer, so that nobody waits for the next look

    // SIGTERM: claims nothing more and lets the files in hand come to their end, up to process.drain_seconds; then gives
    // them back without counting an attempt. False when files had to be given back.
    bool drain();
    void cancel_in_hand(); // gives them back at once; also from another thread while drain() waits
    void stop_now();

    size_t busy() const { return shop_.leases.held(); }
    size_t workers() const { return workers_.size(); }
    std::string paused() const { return shop_.pause.reason(); } // why loading waits for a person; empty: it does not

private:
    void stop_claiming();
    void join();

    WorkShop shop_;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::vector<std::thread> threads_;
};

} // namespace nem12::loader

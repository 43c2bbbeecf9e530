#include "load/worker_pool.hpp"

#include <unistd.h>

#include <algorithm>

#include "log/log.hpp"

namespace nem12::loader {
namespace {

constexpr int kOtherConnections = 4; // merge, reconciler, findings and status

std::string this_process() {
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    return std::string(host) + ":" + std::to_string(getpid());
}

} // namespace

WorkerPool::WorkerPool(const Config &config, JobQueue &queue, CircuitBreaker &breaker, Spool &spool, Outbox &outbox,
                       LoadObserver &observer)
    : shop_(config, queue, breaker, spool, outbox, observer) {
    int most = config.database.max_connections == 0 ? config.process.workers
                                                    : std::max(1, config.database.max_connections - kOtherConnections);
    int count = std::clamp(config.process.workers, 1, most);
    if (count < config.process.workers)
        log_event(LogLevel::kWarning, "fewer_workers", "database.max_connections leaves room for fewer than process.workers",
                  {{"workers", count}, {"wanted", config.process.workers}});
    for (int n = 1; n <= count; ++n) {
        std::string number = std::to_string(n);
        workers_.push_back(std::make_unique<Worker>(shop_, this_process() + ":" + number, "worker-" + number));
    }
}

WorkerPool::~WorkerPool() { stop_now(); }

void WorkerPool::start() {
    for (auto &worker : workers_)
        threads_.emplace_back([&worker] { worker->run(); });
}

void WorkerPool::wake() {
    std::lock_guard lock(shop_.mutex);
    ++shop_.wakes;
    shop_.wake.notify_all();
}

void WorkerPool::stop_claiming() {
    std::lock_guard lock(shop_.mutex);
    shop_.stop = true;
    shop_.wake.notify_all();
}

void WorkerPool::join() {
    for (auto &thread : threads_)
        thread.join();
    threads_.clear();
}

bool WorkerPool::drain() {
    stop_claiming();
    auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(shop_.config.process.drain_seconds);
    bool clean = shop_.leases.wait_until_none(deadline);
    shop_.leases.cancel_all();
    join();
    return clean;
}

void WorkerPool::cancel_in_hand() { shop_.leases.cancel_all(); }

void WorkerPool::stop_now() {
    stop_claiming();
    shop_.leases.cancel_all();
    join();
}

} // namespace nem12::loader

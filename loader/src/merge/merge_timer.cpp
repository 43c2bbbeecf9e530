#include "merge/merge_timer.hpp"

#include <algorithm>

#include "log/log.hpp"

namespace nem12::loader {

MergeTimer::MergeTimer(const Config &config, CircuitBreaker &breaker, LoadObserver &observer)
    : config_(config), breaker_(breaker), observer_(observer),
      connection_(config.database, std::chrono::seconds(config.process.job_timeout_seconds)) {}

MergeTimer::~MergeTimer() { stop(); }

void MergeTimer::start() {
    thread_ = std::thread([this] { run(); });
}

void MergeTimer::stop() {
    {
        std::lock_guard lock(mutex_);
        stop_ = true;
    }
    cancel_ = true;
    stopped_.notify_all();
    if (thread_.joinable())
        thread_.join();
}

void MergeTimer::run() {
    std::unique_lock lock(mutex_);
    while (!stopped_.wait_for(lock, std::chrono::seconds(std::max(1, config_.merge.every_seconds)), [this] { return stop_; })) {
        lock.unlock();
        merge_guarded();
        observer_.beat("merge");
        lock.lock();
    }
}

MergeCounts MergeTimer::merge_all() {
    MergeCounts sum;
    connection_.ensure();
    for (;;) {
        auto counts = merge_staging(connection_, config_.merge.max_days,
                                    Patience::of(std::chrono::seconds(config_.process.job_timeout_seconds), &cancel_));
        observer_.merged(counts);
        observer_.beat("merge");
        int64_t moved = counts.inserted + counts.updated + counts.discarded;
        if (moved > 0)
            log_event(LogLevel::kInfo, "staging_merged", "merged days from staging",
                      {{"inserted", counts.inserted},
                       {"updated", counts.updated},
                       {"discarded", counts.discarded},
                       {"remaining", counts.remaining}});
        sum = {sum.inserted + counts.inserted, sum.updated + counts.updated, sum.discarded + counts.discarded,
               counts.remaining};
        if (counts.remaining == 0 || moved == 0)
            return sum;
    }
}

void MergeTimer::merge_guarded() {
    auto ticket = breaker_.allow();
    if (!ticket)
        return;
    try {
        merge_all();
        breaker_.succeeded(*ticket);
    } catch (const Cancelled &) {
    } catch (const DatabaseError &error) {
        connection_.close();
        if (error.sqlstate() == "55P03") {
            log_event(LogLevel::kDebug, "merge_busy", "another loader is merging");
            return;
        }
        observer_.database_error(error);
        log_event(LogLevel::kWarning, "merge_failed", error.what(),
                  {{"class", name_of(error.error_class())}, {"sqlstate", error.sqlstate()}});
        if (error.error_class() == ErrorClass::kInfrastructure || error.error_class() == ErrorClass::kInDoubt)
            breaker_.failed(*ticket, error.what());
    }
}

} // namespace nem12::loader

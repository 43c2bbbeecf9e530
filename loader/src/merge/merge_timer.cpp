#include "merge/merge_timer.hpp"

#include <algorithm>
#include <utility>

#include "log/log.hpp"

namespace nem12::loader {

MergeTimer::MergeTimer(const Config &config, CircuitBreaker &breaker, LoadObserver &observer)
    : config_(config), merge_(config.merge), breaker_(breaker), observer_(observer),
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
    changed_.notify_all();
    if (thread_.joinable())
        thread_.join();
}

void MergeTimer::reload(const MergeConfig &config) {
    std::lock_guard lock(mutex_);
    merge_ = config;
    reloaded_ = true;
    changed_.notify_all();
}

void MergeTimer::merge_rest() {
    std::lock_guard lock(mutex_);
    asked_ = true;
    rest_merged_.reset();
    changed_.notify_all();
}

std::optional<bool> MergeTimer::rest_merged() {
    std::lock_guard lock(mutex_);
    return std::exchange(rest_merged_, std::nullopt);
}

MergeConfig MergeTimer::settings() const {
    std::lock_guard lock(mutex_);
    return merge_;
}

void MergeTimer::run() {
    std::unique_lock lock(mutex_);
    while (!stop_) {
        const std::chrono::seconds period(std::max(1, merge_.every_seconds));
        observer_.beat("merge", period);
        reloaded_ = false;
        changed_.wait_for(lock, period, [this] { return stop_ || reloaded_ || asked_; });
        if (stop_ || (reloaded_ && !asked_))
            continue; // by the new period
        const bool asked = std::exchange(asked_, false);
        lock.unlock();
        const bool done = merge_guarded();
        lock.lock();
        if (asked && !asked_)
            rest_merged_ = done;
    }
}

MergeCounts MergeTimer::merge_all() {
    MergeCounts sum;
    connection_.ensure();
    for (;;) {
        auto counts = merge_staging(connection_, settings().max_days,
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

bool MergeTimer::merge_guarded() {
    auto ticket = breaker_.allow();
    if (!ticket)
        return false;
    try {
        merge_all();
        return true;
    } catch (const Cancelled &) {
    } catch (const DatabaseError &error) {
        connection_.close();
        if (error.sqlstate() == "55P03") {
            log_event(LogLevel::kDebug, "merge_busy", "another loader is merging");
            return false;
        }
        observer_.database_error(error);
        log_event(LogLevel::kWarning, "merge_failed", error.what(),
                  {{"class", name_of(error.error_class())}, {"sqlstate", error.sqlstate()}});
        if (error.error_class() == ErrorClass::kInfrastructure || error.error_class() == ErrorClass::kInDoubt)
            breaker_.failed(*ticket, error.what());
    }
    return false;
}

} // namespace nem12::loader

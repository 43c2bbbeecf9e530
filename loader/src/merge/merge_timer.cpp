#include "merge/merge_timer.hpp"

#include <algorithm>
#include <utility>

#include "log/log.hpp"

namespace nem12::loader {

MergeTimer::MergeTimer(const Config &config, CircuitBreaker &breaker, LoadObserver &observer)
    : config_(config), merge_(config.merge), breaker_(breaker), observer_(observer),
      connection_(config.database, std::chrono::seconds(config.process.job_timeout_seconds)),
      thread_("merge", [this] { return step(); }) {}

void MergeTimer::start() {
    last_ = std::chrono::steady_clock::now();
    thread_.start();
}

void MergeTimer::stop() { thread_.stop(); }

void MergeTimer::reload(const MergeConfig &config) {
    {
        std::lock_guard lock(mutex_);
        merge_ = config;
    }
    thread_.wake();
}

void MergeTimer::merge_rest() {
    {
        std::lock_guard lock(mutex_);
        asked_ = true;
        rest_merged_.reset();
    }
    thread_.wake();
}

std::optional<bool> MergeTimer::rest_merged() {
    std::lock_guard lock(mutex_);
    return std::exchange(rest_merged_, std::nullopt);
}

MergeConfig MergeTimer::settings() const {
    std::lock_guard lock(mutex_);
    return merge_;
}

std::chrono::milliseconds MergeTimer::step() {
    using std::chrono::steady_clock;
    std::unique_lock lock(mutex_);
    auto period = [this] { return std::chrono::seconds(std::max(1, merge_.every_seconds)); };
    const bool asked = std::exchange(asked_, false);
    if (asked || steady_clock::now() - last_ >= period()) {
        lock.unlock();
        const bool done = merge_guarded();
        lock.lock();
        last_ = steady_clock::now();
        if (asked && !asked_)
            rest_merged_ = done;
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(last_ + period() - steady_clock::now());
    const auto pause = std::max(left, std::chrono::milliseconds(0));
    lock.unlock();
    observer_.beat("merge", pause);
    return pause;
}

MergeCounts MergeTimer::merge_all() {
    MergeCounts sum;
    connection_.ensure();
    for (;;) {
        auto counts =
            merge_staging(connection_, settings().max_days,
                          Patience::of(std::chrono::seconds(config_.process.job_timeout_seconds), &thread_.stopping()));
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

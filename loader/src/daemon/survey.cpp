#include "daemon/survey.hpp"

#include <algorithm>
#include <filesystem>

#include "database/server_calls.hpp"
#include "log/log.hpp"

namespace nem12::loader {

namespace {

constexpr std::chrono::milliseconds kEvery{1000};
constexpr std::chrono::seconds kStagingEvery{5};
constexpr std::chrono::seconds kSettingsEvery{10};
constexpr std::chrono::seconds kRateOver{5};
constexpr std::chrono::seconds kPatience{3};
constexpr int kRecent = 20;

} // namespace

Survey::Survey(const Config &config, Sources sources)
    : config_(config), sources_(std::move(sources)), connection_(config.database, kPatience), thread_("survey", [this] {
          look();
          sources_.observation.beat("survey");
          return kEvery;
      }) {
    thread_.start();
}

StatusReport Survey::report() const {
    const std::lock_guard lock(mutex_);
    return report_;
}

void Survey::look() {
    Metrics &metrics = sources_.observation.metrics;
    StatusReport report;
    look_at_queue(report);
    look_at_database(report);
    report.uptime_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    report.troubles = sources_.observation.troubles.all();
    report.totals = metrics.totals();
    report.breaker = BreakerStanding{std::string(name_of(sources_.breaker.state())), sources_.breaker.failures_in_a_row(),
                                     report.totals.breaker_opened};
    report.workers = sources_.workers();
    report.workers_busy = sources_.observation.busy();
    report.inbox_files = std::max<int64_t>(0, sources_.inbox_files());
    report.readings_per_second = readings_per_second(report.totals.readings);
    metrics.set_workers(report.workers_busy, report.workers);
    metrics.set_ready(report.troubles.empty());
    metrics.set_inbox_files(report.inbox_files);
    std::error_code ignored;
    metrics.set_spool_free_bytes(static_cast<int64_t>(std::filesystem::space(config_.ingest.spool, ignored).available));
    const std::lock_guard lock(mutex_);
    report_ = std::move(report);
}

void Survey::look_at_queue(StatusReport &report) {
    report.queue_capacity = config_.queue.size;
    try {
        report.queue = sources_.queue.counts();
        sources_.observation.metrics.set_queue(*report.queue, config_.queue.size);
        for (const JobStatus status : {JobStatus::kSuccess, JobStatus::kFailed, JobStatus::kRejected}) {
            for (JobRecord &job : sources_.queue.list(status, kRecent)) {
                report.recent.push_back(std::move(job));
            }
        }
        std::sort(report.recent.begin(), report.recent.end(),
                  [](const auto &a, const auto &b) { return a.done_ms > b.done_ms; });
        report.recent.resize(std::min<size_t>(report.recent.size(), kRecent));
        look_at_settings();
    } catch (const std::exception &error) { // the workers tell the log and the readiness
        log_event(LogLevel::kDebug, "survey_failed", error.what());
        report.queue.reset();
        report.recent.clear();
    }
}

void Survey::look_at_settings() {
    const auto now = std::chrono::steady_clock::now();
    if (now - settings_seen_ >= kSettingsEvery) {
        settings_seen_ = now;
        sources_.observation.troubles.set("redis_settings", sources_.queue.wrong_settings());
    }
}

void Survey::look_at_database(StatusReport &report) {
    const auto now = std::chrono::steady_clock::now();
    if (now - staging_seen_ >= kStagingEvery) {
        staging_seen_ = now;
        staging_days_.reset();
        if (sources_.breaker.state() == BreakerState::kClosed) {
            try {
                connection_.ensure(kPatience);
                staging_days_ = staging_depth(connection_, Patience::of(kPatience, &thread_.stopping()));
                sources_.observation.metrics.set_staging_depth(*staging_days_);
            } catch (const std::exception &error) {
                connection_.close();
                log_event(LogLevel::kDebug, "survey_failed", error.what());
            }
        } else {
            connection_.close();
        }
    }
    report.staging_days = staging_days_;
}

double Survey::readings_per_second(int64_t readings) {
    const auto now = std::chrono::steady_clock::now();
    history_.emplace_back(now, readings);
    while (now - history_.front().first > kRateOver) {
        history_.pop_front();
    }
    const double seconds = std::chrono::duration<double>(now - history_.front().first).count();
    return seconds > 0 ? static_cast<double>(readings - history_.front().second) / seconds : 0;
}

} // namespace nem12::loader

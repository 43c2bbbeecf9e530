#pragma once
// Looks at everything once a second and keeps a StatusReport, so that a probe or a page never waits for Redis or the database.

#include <deque>
#include <functional>
#include <mutex>

#include "base/ticker.hpp"
#include "breaker/circuit_breaker.hpp"
#include "config/config.hpp"
#include "daemon/status_report.hpp"
#include "database/pg_connection.hpp"
#include "observe/observation.hpp"
#include "queue/job_queue.hpp"

namespace nem12::loader {

class Survey {
public:
    struct Sources {
        JobQueue &queue; // not shared with a thread that may be held up
        CircuitBreaker &breaker;
        Observation &observation;
        std::function<int64_t()> inbox_files, workers;
    };

    Survey(const Config &config, Sources sources);

    StatusReport report() const; // the last one

private:
    void look();
    void look_at_queue(StatusReport &report);
    void look_at_settings();
    void look_at_database(StatusReport &report);
    double readings_per_second(int64_t readings);

    const Config config_;
    const Sources sources_;
    const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    PgConnection connection_;
    std::chrono::steady_clock::time_point staging_seen_{}, settings_seen_{};
    std::optional<int64_t> staging_days_;
    std::deque<std::pair<std::chrono::steady_clock::time_point, int64_t>> history_; // readings, for the rate
    mutable std::mutex mutex_;
    StatusReport report_;
    Ticker thread_;
};

} // namespace nem12::loader

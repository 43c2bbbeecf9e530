#pragma once
// How the loader stands: what /status.json, the status page, the status line and `nem12-loader status` show.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "observe/metrics.hpp"
#include "queue/job_queue.hpp"

namespace nem12::loader {

struct BreakerStanding {
    std::string state = "closed"; // closed, open, half_open
    int failures_in_a_row = 0;
    int64_t times_opened = 0;
};

struct StatusReport {
    double uptime_seconds = 0;
    std::map<std::string, std::string> troubles; // Troubles::all(); empty: ready
    std::optional<QueueCounts> queue;            // nothing: Redis does not answer
    int64_t queue_capacity = 0;
    std::optional<BreakerStanding> breaker; // nothing: no daemon answers (status command)
    std::optional<int64_t> staging_days;    // nothing: the database does not answer
    int64_t workers_busy = 0, workers = 0, inbox_files = 0;
    double readings_per_second = 0; // over the last seconds
    Metrics::Totals totals;         // since the daemon started
    std::vector<JobRecord> recent;  // latest first
};

nlohmann::ordered_json job_json(const JobRecord &job);
std::string status_json(const StatusReport &report); // one object, pretty-printed
std::string status_text(const StatusReport &report); // some lines for people
std::string status_html(const StatusReport &report); // a whole page, refreshed every 2 s without scripts
std::string status_line(const StatusReport &report); // one line for a terminal and systemd's STATUS=

// The members of status_json that only a daemon knows, read back by the status command. False when it is not such a text.
bool take_daemon_part(const std::string &json, StatusReport &report);

std::string with_thousands(int64_t number);               // 1234567 -> "1,234,567"
std::string breaker_text(const BreakerStanding &breaker); // for people: "open  (failures in a row 5, opened 2 times)"

} // namespace nem12::loader

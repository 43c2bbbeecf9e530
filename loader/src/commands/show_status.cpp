#include <cstdio>

#include "commands/cli.hpp"
#include "commands/commands.hpp"
#include "daemon/http_server.hpp"
#include "daemon/status_report.hpp"
#include "database/pg_connection.hpp"
#include "database/server_calls.hpp"
#include "log/log.hpp"
#include "queue/redis_job_queue.hpp"

namespace nem12::loader {

namespace {

constexpr std::chrono::seconds kPatience{5};
constexpr int kRecent = 10;

void ask_queue(const Config &config, StatusReport &report) {
    try {
        const auto queue = make_redis_job_queue(config.redis, config.queue);
        report.queue = queue->counts();
        for (const JobStatus status : {JobStatus::kFailed, JobStatus::kRejected, JobStatus::kInProgress}) {
            for (JobRecord &job : queue->list(status, kRecent)) {
                report.recent.push_back(std::move(job));
            }
        }
    } catch (const std::exception &error) {
        report.queue.reset();
        report.troubles["redis"] = mask_secrets(error.what());
    }
}

void ask_database(const Config &config, StatusReport &report) {
    try {
        PgConnection connection(config.database);
        connection.ensure(kPatience);
        report.staging_days = staging_depth(connection, Patience::of(kPatience));
    } catch (const std::exception &error) {
        report.troubles["database"] = mask_secrets(error.what());
    }
}

// The breaker lives in the daemon.
void ask_daemon(const Config &config, StatusReport &report) {
    if (config.http.listen.empty()) {
        return;
    }
    try {
        take_daemon_part(http_get(config.http.listen, "/status.json").body, report);
    } catch (const std::exception &) { // not running: the report says so
    }
}

} // namespace

int show_status(const Config &config, bool json) {
    StatusReport report;
    report.queue_capacity = config.queue.size;
    ask_daemon(config, report);
    ask_queue(config, report);
    ask_database(config, report);
    if (json) {
        std::fputs(status_json(report).c_str(), stdout);
    } else {
        std::fputs(status_text(report).c_str(), stdout);
        for (const JobRecord &job : report.recent) {
            std::printf("  %-11s %.12s  %s  %s\n", std::string(name_of(job.status)).c_str(), job.id.c_str(), job.name.c_str(),
                        job.reason.c_str());
        }
    }
    return report.queue && report.staging_days ? kExitOk : kExitCouldNotRun;
}

} // namespace nem12::loader

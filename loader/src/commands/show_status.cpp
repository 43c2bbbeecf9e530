#include <cstdio>

#include <unistd.h>

#include "commands/cli.hpp"
#include "commands/commands.hpp"
#include "daemon/http_server.hpp"
#include "daemon/signals.hpp"
#include "daemon/status_report.hpp"
#include "database/pg_connection.hpp"
#include "database/server_calls.hpp"
#include "log/log.hpp"
#include "queue/redis_job_queue.hpp"

namespace nem12::loader {

namespace {

constexpr std::chrono::seconds kPatience{5};
constexpr int kRecent = 10;
constexpr std::chrono::milliseconds kRenewed{1000};

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

StatusReport look(const Config &config) {
    StatusReport report;
    report.queue_capacity = config.queue.size;
    ask_daemon(config, report);
    ask_queue(config, report);
    ask_database(config, report);
    return report;
}

std::string text_of(const StatusReport &report) {
    std::string text = status_text(report);
    for (const JobRecord &job : report.recent) {
        char line[64];
        std::snprintf(line, sizeof line, "  %-11s %.12s  ", std::string(name_of(job.status)).c_str(), job.id.c_str());
        text += line + job.name + "  " + job.reason + "\n";
    }
    return text;
}

} // namespace

int show_status(const Config &config, bool json) {
    const StatusReport report = look(config);
    std::fputs((json ? status_json(report) : text_of(report)).c_str(), stdout);
    return report.queue && report.staging_days ? kExitOk : kExitCouldNotRun;
}

int watch_status(const Config &config) {
    const bool terminal = ::isatty(STDOUT_FILENO) != 0;
    Signals signals;
    do {
        // Over what is there, and then what is left of it is cleared: no flicker.
        std::string text = text_of(look(config));
        if (terminal) {
            for (size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 4) {
                text.insert(at, "\033[K");
            }
            text = "\033[H" + text + "\033[J";
        }
        std::fputs(text.c_str(), stdout);
        std::fflush(stdout);
    } while (signals.next(kRenewed) != Signal::kStop);
    return kExitOk;
}

} // namespace nem12::loader

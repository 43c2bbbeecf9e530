#include "daemon/status_report.hpp"

#include <cinttypes>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "base/version.hpp"

namespace nem12::loader {

namespace {

using Json = nlohmann::ordered_json;

template <typename... Values>
std::string line(const char *format, Values... values) {
    char text[512];
    std::snprintf(text, sizeof text, format, values...);
    return text;
}

int64_t jobs(const StatusReport &report, const char *status) {
    if (!report.queue) {
        return 0;
    }
    const auto found = report.queue->by_status.find(status);
    return found == report.queue->by_status.end() ? 0 : found->second;
}

Json totals_json(const Metrics::Totals &totals) {
    return {{"taken_in", totals.taken_in},
            {"files", totals.files},
            {"readings", totals.readings},
            {"bytes", totals.bytes},
            {"days_inserted", totals.days_inserted},
            {"days_staged", totals.days_staged},
            {"retries", totals.retries},
            {"merge_inserted", totals.merge_inserted},
            {"merge_updated", totals.merge_updated},
            {"merge_discarded", totals.merge_discarded},
            {"backpressure_seconds", totals.backpressure_seconds}};
}

} // namespace

Json job_json(const JobRecord &job) {
    return {{"sha256", job.id},      {"name", job.name},           {"status", name_of(job.status)},
            {"sender", job.sender},  {"rule", job.rule},           {"reason", job.reason},
            {"worker", job.worker},  {"attempts", job.attempts},   {"deliveries", job.deliveries},
            {"bytes", job.bytes},    {"queued_ms", job.queued_ms}, {"started_ms", job.started_ms},
            {"done_ms", job.done_ms}};
}

std::string with_thousands(int64_t number) {
    std::string text = std::to_string(number);
    for (auto at = static_cast<int>(text.size()) - 3; at > (number < 0 ? 1 : 0); at -= 3) {
        text.insert(static_cast<size_t>(at), ",");
    }
    return text;
}

// A failed canary opens it again without a load that failed.
std::string breaker_text(const BreakerStanding &breaker) {
    const char *times = breaker.times_opened == 1 ? "time" : "times";
    if (breaker.failures_in_a_row == 0)
        return line("%s  (opened %" PRId64 " %s)", breaker.state.c_str(), breaker.times_opened, times);
    return line("%s  (failures in a row %d, opened %" PRId64 " %s)", breaker.state.c_str(), breaker.failures_in_a_row,
                breaker.times_opened, times);
}

std::string status_json(const StatusReport &report) {
    Json json{{"version", kVersion},
              {"ready", report.troubles.empty()},
              {"troubles", report.troubles},
              {"uptime_seconds", report.uptime_seconds}};
    if (report.queue) {
        Json queue;
        for (const char *status : {"pending", "in_progress", "success", "failed", "rejected"}) {
            queue[status] = jobs(report, status);
        }
        queue["capacity"] = report.queue_capacity;
        queue["bytes"] = report.queue->bytes;
        queue["oldest_pending_seconds"] = static_cast<double>(report.queue->oldest_pending_ms) / 1000;
        json["queue"] = queue;
    } else {
        json["queue"] = nullptr;
    }
    json["breaker"] = nullptr;
    if (report.breaker) {
        json["breaker"] = {{"state", report.breaker->state},
                           {"failures_in_a_row", report.breaker->failures_in_a_row},
                           {"times_opened", report.breaker->times_opened}};
    }
    json["staging_days"] = nullptr;
    if (report.staging_days) {
        json["staging_days"] = *report.staging_days;
    }
    json["workers"] = {{"busy", report.workers_busy}, {"all", report.workers}};
    json["inbox_files"] = report.inbox_files;
    json["readings_per_second"] = report.readings_per_second;
    json["totals"] = totals_json(report.totals);
    json["recent"] = Json::array();
    for (const JobRecord &job : report.recent) {
        json["recent"].push_back(job_json(job));
    }
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

bool take_daemon_part(const std::string &json, StatusReport &report) {
    const auto parsed = nlohmann::json::parse(json, nullptr, false);
    if (!parsed.is_object() || !parsed.contains("breaker") || !parsed["breaker"].is_object() || !parsed.contains("totals")) {
        return false;
    }
    try {
        const auto &breaker = parsed["breaker"];
        report.breaker = BreakerStanding{breaker.at("state"), breaker.at("failures_in_a_row"), breaker.at("times_opened")};
        report.troubles = parsed.at("troubles").get<std::map<std::string, std::string>>();
        report.uptime_seconds = parsed.at("uptime_seconds");
        report.workers_busy = parsed.at("workers").at("busy");
        report.workers = parsed.at("workers").at("all");
        report.inbox_files = parsed.at("inbox_files");
        report.readings_per_second = parsed.at("readings_per_second");
        const auto &totals = parsed.at("totals");
        report.totals.taken_in = totals.at("taken_in");
        report.totals.files = totals.at("files").get<std::map<std::string, int64_t>>();
        report.totals.readings = totals.at("readings");
        report.totals.bytes = totals.at("bytes");
        report.totals.days_inserted = totals.at("days_inserted");
        report.totals.days_staged = totals.at("days_staged");
        report.totals.retries = totals.at("retries");
        report.totals.merge_inserted = totals.at("merge_inserted");
        report.totals.merge_updated = totals.at("merge_updated");
        report.totals.merge_discarded = totals.at("merge_discarded");
        report.totals.backpressure_seconds = totals.at("backpressure_seconds");
    } catch (const nlohmann::json::exception &) {
        return false;
    }
    return true;
}

std::string status_text(const StatusReport &report) {
    std::string text;
    if (report.queue) {
        text +=
            line("queue     pending %" PRId64 "  in progress %" PRId64 "  (of %" PRId64 ", %s bytes, oldest waits %.1f s)\n",
                 jobs(report, "pending"), jobs(report, "in_progress"), report.queue_capacity,
                 with_thousands(report.queue->bytes).c_str(), static_cast<double>(report.queue->oldest_pending_ms) / 1000);
        text += line("finished  success %" PRId64 "  failed %" PRId64 "  rejected %" PRId64 "\n", jobs(report, "success"),
                     jobs(report, "failed"), jobs(report, "rejected"));
    } else {
        text += "queue     Redis does not answer\n";
    }
    text += report.staging_days ? "staging   " + with_thousands(*report.staging_days) + " days wait for a merge\n"
                                : std::string("staging   the database does not answer\n");
    if (report.breaker) {
        text += "breaker   " + breaker_text(*report.breaker) + "\n";
        text += line("daemon    up %.0f s  workers %" PRId64 " of %" PRId64 " busy  inbox %" PRId64 "  readings %s  (%s/s)\n",
                     report.uptime_seconds, report.workers_busy, report.workers, report.inbox_files,
                     with_thousands(report.totals.readings).c_str(),
                     with_thousands(static_cast<int64_t>(report.readings_per_second)).c_str());
    } else {
        text += "breaker   unknown: no daemon answers\n";
    }
    for (const auto &[component, reason] : report.troubles) {
        text += "trouble   " + component + ": " + reason + "\n";
    }
    return text;
}

std::string status_line(const StatusReport &report) {
    const auto files = [&](const char *outcome) {
        const auto found = report.totals.files.find(outcome);
        return found == report.totals.files.end() ? int64_t{0} : found->second;
    };
    std::string text = line("in %" PRId64 "  loaded %" PRId64 "  rejected %" PRId64 "  failed %" PRId64 "  queued %" PRId64
                            "  working %" PRId64 "  staged %s  %s readings, %s/s",
                            report.totals.taken_in, files("success") + files("already_loaded"), files("rejected"),
                            files("failed"), jobs(report, "pending"), report.workers_busy,
                            report.staging_days ? with_thousands(*report.staging_days).c_str() : "?",
                            with_thousands(report.totals.readings).c_str(),
                            with_thousands(static_cast<int64_t>(report.readings_per_second)).c_str());
    if (report.breaker && report.breaker->state != "closed") {
        text += "  breaker " + report.breaker->state;
    }
    return text;
}

} // namespace nem12::loader

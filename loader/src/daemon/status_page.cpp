// The status page for people at /: plain HTML, no scripts, no outside resources.

#include <cstdio>
#include <ctime>

#include "base/version.hpp"
#include "daemon/status_report.hpp"

namespace nem12::loader {

namespace {

constexpr std::string_view kHead =
    R"(<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="2">
<title>nem12-loader</title><style>
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#222;background:#fff}
h1{font-size:1.3rem}h2{font-size:1rem;margin-top:1.6rem}table{border-collapse:collapse;width:100%}
td,th{padding:.25rem .8rem .25rem 0;text-align:left;border-bottom:1px solid #ddd}td.n{text-align:right;font-variant-numeric:tabular-nums}
.well{color:#086b2c}.ill{color:#a30f1f}.dim{color:#666}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#161616}td,th{border-color:#333}.well{color:#6fcf8b}.ill{color:#ff7b86}.dim{color:#999}}
</style></head><body>
)";

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '&': out += "&amp;"; break;
        case '"': out += "&quot;"; break;
        default: out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
        }
    }
    return out;
}

std::string row(std::string_view name, const std::string &value, std::string_view remark = {}) {
    return "<tr><td>" + std::string(name) + "</td><td class=\"n\">" + escaped(value) + "</td><td class=\"dim\">" +
           escaped(remark) + "</td></tr>\n";
}

std::string count_of(const std::map<std::string, int64_t> &counts, const char *name) {
    const auto found = counts.find(name);
    return with_thousands(found == counts.end() ? 0 : found->second);
}

std::string seconds(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f s", value);
    return text;
}

std::string time_of(int64_t unix_ms) {
    const std::time_t time = unix_ms / 1000;
    std::tm utc{};
    gmtime_r(&time, &utc);
    char text[24];
    std::strftime(text, sizeof text, "%F %H:%M:%SZ", &utc);
    return unix_ms == 0 ? "" : text;
}

std::string troubles_part(const StatusReport &report) {
    if (report.troubles.empty()) {
        return "<p class=\"well\">Ready: files are taken in and loaded.</p>\n";
    }
    std::string html;
    for (const auto &[component, reason] : report.troubles) {
        html += "<p class=\"ill\">" + escaped(component) + ": " + escaped(reason) + "</p>\n";
    }
    return html;
}

std::string recent_part(const std::vector<JobRecord> &recent) {
    std::string html = "<h2>Recent "
                       "files</h2><table><tr><th>done</th><th>file</th><th>ID</th><th>status</th><th>bytes</th><th>took</"
                       "th><th>reason</th></tr>\n";
    for (const JobRecord &job : recent) {
        const bool timed = job.done_ms > 0 && job.started_ms > 0;
        html += "<tr><td>" + time_of(job.done_ms) + "</td><td>" + escaped(job.name) + "</td><td>" +
                escaped(job.id.substr(0, 12)) + "</td><td class=\"" +
                (job.status == JobStatus::kFailed || job.status == JobStatus::kRejected ? "ill" : "well") + "\">" +
                std::string(name_of(job.status)) + "</td><td class=\"n\">" + with_thousands(job.bytes) +
                "</td><td class=\"n\">" + (timed ? std::to_string(job.done_ms - job.started_ms) + " ms" : "") +
                "</td><td class=\"dim\">" + escaped(job.reason) + "</td></tr>\n";
    }
    return html + "</table>\n";
}

} // namespace

std::string status_html(const StatusReport &report) {
    std::string html(kHead);
    html += "<h1>nem12-loader " + std::string(kVersion) + "</h1>\n" + troubles_part(report) + "<table>\n";
    const std::map<std::string, int64_t> none;
    const auto &queue = report.queue ? report.queue->by_status : none;
    html += row("pending", count_of(queue, "pending"),
                report.queue ? "of " + with_thousands(report.queue_capacity) : "Redis does not answer");
    html += row("in progress", count_of(queue, "in_progress"),
                std::to_string(report.workers_busy) + " of " + std::to_string(report.workers) + " workers busy");
    html += row("success", count_of(queue, "success"));
    html += row("failed", count_of(queue, "failed"));
    html += row("rejected", count_of(queue, "rejected"));
    html += row("oldest pending", report.queue ? seconds(static_cast<double>(report.queue->oldest_pending_ms) / 1000) : "?");
    html += row("files in the inbox", with_thousands(report.inbox_files),
                "waited " + seconds(report.totals.backpressure_seconds) + " for room so far");
    html += row("days in staging", report.staging_days ? with_thousands(*report.staging_days) : "?",
                report.staging_days ? "" : "the database does not answer");
    if (report.breaker) {
        html += row("circuit breaker", breaker_text(*report.breaker));
    }
    html += row("readings since start", with_thousands(report.totals.readings),
                with_thousands(static_cast<int64_t>(report.readings_per_second)) + " per second now");
    html += row("up", seconds(report.uptime_seconds));
    html += "</table>\n" + recent_part(report.recent);
    return html + "<p class=\"dim\">/status.json /metrics /livez /readyz</p></body></html>\n";
}

} // namespace nem12::loader

#include <cstdio>

#include <nlohmann/json.hpp>

#include "commands/cli.hpp"
#include "commands/commands.hpp"
#include "console/filter_text.hpp"
#include "daemon/status_report.hpp"
#include "queue/job_index.hpp"

namespace nem12::loader {

namespace {

constexpr int kAtOnce = 500;

void print(const JobRecord &job) {
    const int64_t when = job.done_ms != 0 ? job.done_ms : job.started_ms != 0 ? job.started_ms : job.queued_ms;
    std::printf("%-19s  %-11s  %-10s %10s  %.12s  %s%s%s\n", shown_time(when).c_str(), std::string(name_of(job.status)).c_str(),
                job.sender.c_str(), shown_bytes(job.bytes).c_str(), job.id.c_str(), job.name.c_str(),
                job.reason.empty() ? "" : "  ", job.reason.c_str());
}

} // namespace

int list_jobs(const Config &config, const Query &query, bool json) {
    JobFilter filter = filter_from(query, now_ms());
    int64_t left = filter.limit;
    JobIndex index(config.redis);
    auto list = nlohmann::ordered_json::array();
    int64_t total = 0, shown = 0;
    do {
        filter.limit = static_cast<int>(std::min<int64_t>(left, kAtOnce));
        const JobPage page = index.select(filter);
        total = page.total;
        for (const JobRecord &job : page.jobs) {
            if (json) {
                list.push_back(job_json(job));
            } else {
                print(job);
            }
        }
        shown += static_cast<int64_t>(page.jobs.size());
        left -= filter.limit;
        filter.after = page.next;
    } while (left > 0 && !filter.after.empty());
    if (json) {
        const nlohmann::ordered_json all{{"total", total}, {"jobs", list}};
        std::puts(all.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
    } else {
        std::printf("%s of %s jobs\n", shown_count(shown).c_str(), shown_count(total).c_str());
    }
    return kExitOk;
}

} // namespace nem12::loader

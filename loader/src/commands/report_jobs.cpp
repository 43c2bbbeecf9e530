#include <algorithm>
#include <cstdio>
#include <map>

#include <nlohmann/json.hpp>

#include "commands/cli.hpp"
#include "commands/commands.hpp"
#include "console/filter_text.hpp"
#include "queue/job_index.hpp"

namespace nem12::loader {

namespace {

struct Row {
    std::map<JobStatus, int64_t> jobs;
    std::map<std::string, int64_t> others; // the rules of a sender, the senders of a rule: not those that were loaded
};

int64_t bad(const Row &row) {
    int64_t number = 0;
    for (const auto &[status, jobs] : row.jobs) {
        number += status == JobStatus::kSuccess ? 0 : jobs;
    }
    return number;
}

int64_t of(const Row &row, JobStatus status) {
    const auto found = row.jobs.find(status);
    return found == row.jobs.end() ? 0 : found->second;
}

// "value_count 12, nmi_invalid 3"
std::string most_of(const std::map<std::string, int64_t> &others) {
    std::vector<std::pair<std::string, int64_t>> sorted(others.begin(), others.end());
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto &a, const auto &b) { return a.second > b.second; });
    std::string text;
    for (size_t n = 0; n < sorted.size() && n < 5; ++n) {
        text += (n == 0 ? "" : ", ") + (sorted[n].first.empty() ? "(unknown)" : sorted[n].first) + " " +
                shown_count(sorted[n].second);
    }
    return text;
}

} // namespace

int report_jobs(const Config &config, const std::string &by, const std::string &since, bool json) {
    const bool by_sender = by == "sender";
    JobIndex index(config.redis);
    std::map<std::string, Row> rows;
    for (const JobTally &tally : index.tally(since.empty() ? 0 : moment_from(since, now_ms()))) {
        if (!by_sender && tally.status == JobStatus::kSuccess) {
            continue;
        }
        Row &row = rows[by_sender ? tally.sender : tally.rule];
        row.jobs[tally.status] += tally.jobs;
        if (tally.status != JobStatus::kSuccess) {
            row.others[by_sender ? tally.rule : tally.sender] += tally.jobs;
        }
    }
    std::vector<std::pair<std::string, Row>> sorted(rows.begin(), rows.end());
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto &a, const auto &b) { return bad(a.second) > bad(b.second); });
    auto list = nlohmann::ordered_json::array();
    if (!json) {
        std::printf("%-24s %10s %10s %10s  %s\n", by.c_str(), "success", "rejected", "failed", by_sender ? "rules" : "senders");
    }
    for (const auto &[name, row] : sorted) {
        if (json) {
            list.push_back({{by, name},
                            {"success", of(row, JobStatus::kSuccess)},
                            {"rejected", of(row, JobStatus::kRejected)},
                            {"failed", of(row, JobStatus::kFailed)},
                            {by_sender ? "rules" : "senders", row.others}});
        } else {
            std::printf("%-24s %10s %10s %10s  %s\n", name.empty() ? "(unknown)" : name.c_str(),
                        shown_count(of(row, JobStatus::kSuccess)).c_str(), shown_count(of(row, JobStatus::kRejected)).c_str(),
                        shown_count(of(row, JobStatus::kFailed)).c_str(), most_of(row.others).c_str());
        }
    }
    if (json) {
        std::puts(list.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
    }
    return kExitOk;
}

} // namespace nem12::loader

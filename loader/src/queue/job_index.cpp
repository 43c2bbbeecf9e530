#include "queue/job_index.hpp"

#include <stdexcept>

#include "queue/job_record.hpp"

namespace nem12::loader {

namespace {

constexpr JobStatus kAll[] = {JobStatus::kPending, JobStatus::kInProgress, JobStatus::kSuccess, JobStatus::kFailed,
                              JobStatus::kRejected};
constexpr char kBehindId = '~'; // in a page's `next`: id~key

std::string names_of(const std::set<JobStatus> &statuses) {
    std::string names;
    for (const JobStatus status : kAll) {
        if (statuses.empty() || statuses.contains(status))
            names += std::string(names.empty() ? "" : ",") + std::string(name_of(status));
    }
    return names;
}

bool is_number(std::string_view text) {
    return !text.empty() && text.size() < 18 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

} // namespace

std::string_view name_of(JobOrder order) {
    switch (order) {
    case JobOrder::kTime: return "time";
    case JobOrder::kName: return "name";
    case JobOrder::kBytes: return "bytes";
    }
    return "";
}

JobPage JobIndex::select(const JobFilter &filter) {
    const size_t at = filter.after.find(kBehindId);
    std::string id = at == std::string::npos ? "" : filter.after.substr(0, at);
    std::string key = at == std::string::npos ? "" : filter.after.substr(at + 1);
    if (filter.order != JobOrder::kName && !is_number(key)) // made up
        id = key = "";
    const RedisReply reply =
        functions_.call("nem12_select",
                        {names_of(filter.statuses), filter.sender, filter.rule, filter.name, std::to_string(filter.since_ms),
                         std::to_string(filter.until_ms), std::string(name_of(filter.order)), filter.descending ? "1" : "0",
                         std::to_string(filter.limit), key, id},
                        "FCALL_RO");
    JobPage page;
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements == 0)
        return page;
    page.total = number_of(reply->element[0]);
    for (size_t i = 1; i < reply->elements; ++i) {
        const redisReply *job = reply->element[i];
        if (job->type != REDIS_REPLY_ARRAY || job->elements != 3 || job->element[2]->type != REDIS_REPLY_ARRAY)
            continue;
        page.next = text_of(job->element[1]) + kBehindId + text_of(job->element[0]);
        if (job->element[2]->elements > 0) // else it has just expired
            page.jobs.push_back(record_of(text_of(job->element[1]), job->element[2]));
    }
    if (static_cast<int>(reply->elements) - 1 < filter.limit)
        page.next.clear();
    return page;
}

std::optional<JobRecord> JobIndex::find(std::string_view id) {
    const RedisReply reply = functions_.call("nem12_find", {std::string(id)}, "FCALL_RO");
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements == 0)
        return std::nullopt;
    return record_of(id, reply.get());
}

std::vector<JobTally> JobIndex::tally(int64_t since_ms) {
    const RedisReply reply = functions_.call("nem12_tally", {std::to_string(since_ms)}, "FCALL_RO");
    std::vector<JobTally> tallies;
    for (size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements; ++i) {
        const redisReply *row = reply->element[i];
        if (row->type != REDIS_REPLY_ARRAY || row->elements != 4)
            continue;
        if (const auto status = job_status_of(text_of(row->element[0])))
            tallies.push_back({*status, text_of(row->element[1]), text_of(row->element[2]), number_of(row->element[3])});
    }
    return tallies;
}

bool JobIndex::dismiss(std::string_view id) {
    return number_of(functions_.call("nem12_dismiss", {std::string(id)}).get()) == 1;
}

std::vector<std::string> ids_set_aside(JobIndex &index, JobFilter filter) {
    for (const JobStatus status : filter.statuses) {
        if (status != JobStatus::kFailed && status != JobStatus::kRejected)
            throw std::invalid_argument("status: only failed and rejected files are set aside");
    }
    if (filter.statuses.empty())
        filter.statuses = {JobStatus::kFailed, JobStatus::kRejected};
    constexpr int kAtOnce = 1000;
    filter.limit = kAtOnce;
    filter.order = JobOrder::kTime;
    filter.after.clear();
    std::vector<std::string> ids;
    do {
        const JobPage page = index.select(filter);
        for (const JobRecord &job : page.jobs)
            ids.push_back(job.id);
        filter.after = page.next;
    } while (!filter.after.empty());
    return ids;
}

} // namespace nem12::loader

#include "queue/job_queue.hpp"

namespace nem12::loader {

std::string_view name_of(JobStatus status) {
    switch (status) {
    case JobStatus::kPending: return "pending";
    case JobStatus::kInProgress: return "in_progress";
    case JobStatus::kSuccess: return "success";
    case JobStatus::kFailed: return "failed";
    case JobStatus::kRejected: return "rejected";
    }
    return "";
}

std::optional<JobStatus> job_status_of(std::string_view name) {
    for (const JobStatus status :
         {JobStatus::kPending, JobStatus::kInProgress, JobStatus::kSuccess, JobStatus::kFailed, JobStatus::kRejected}) {
        if (name_of(status) == name)
            return status;
    }
    return std::nullopt;
}

Offered JobQueue::offer(const JobOffer &one) { return offer({&one, 1}).front(); }

std::optional<ClaimedJob> JobQueue::claim(std::string_view worker) {
    std::vector<ClaimedJob> jobs = claim(worker, 1, 0);
    return jobs.empty() ? std::nullopt : std::optional(std::move(jobs.front()));
}

bool JobQueue::finish(const ClaimedJob &job, JobStatus status, std::string_view reason) {
    const JobEnd end{&job, status, reason};
    return finish({&end, 1}).front();
}

} // namespace nem12::loader

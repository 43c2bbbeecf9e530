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

} // namespace nem12::loader

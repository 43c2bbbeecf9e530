#include "queue/job_record.hpp"

namespace nem12::loader {

JobRecord record_of(std::string_view id, const redisReply *fields) {
    JobRecord record;
    record.id = id;
    record.status = JobStatus::kPending;
    for (size_t i = 0; i + 1 < fields->elements; i += 2) {
        std::string key = text_of(fields->element[i]);
        const redisReply *value = fields->element[i + 1];
        if (key == "name")
            record.name = text_of(value);
        else if (key == "worker")
            record.worker = text_of(value);
        else if (key == "reason")
            record.reason = text_of(value);
        else if (key == "home")
            record.home = text_of(value);
        else if (key == "sender")
            record.sender = text_of(value);
        else if (key == "rule")
            record.rule = text_of(value);
        else if (key == "history")
            record.history = text_of(value);
        else if (key == "dismissed")
            record.dismissed_ms = number_of(value);
        else if (key == "attempts")
            record.attempts = static_cast<int>(number_of(value));
        else if (key == "deliveries")
            record.deliveries = static_cast<int>(number_of(value));
        else if (key == "bytes")
            record.bytes = number_of(value);
        else if (key == "queued_ms")
            record.queued_ms = number_of(value);
        else if (key == "started_ms")
            record.started_ms = number_of(value);
        else if (key == "done_ms")
            record.done_ms = number_of(value);
        else if (key == "status")
            for (JobStatus status : {JobStatus::kInProgress, JobStatus::kSuccess, JobStatus::kFailed, JobStatus::kRejected})
                if (text_of(value) == name_of(status))
                    record.status = status;
    }
    return record;
}

} // namespace nem12::loader

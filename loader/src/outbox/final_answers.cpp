#include "outbox/final_answers.hpp"

#include "log/log.hpp"
#include "queue/redis_client.hpp"

namespace nem12::loader {

bool FinalAnswers::say(const ClaimedJob &job, JobStatus status, std::string_view reason) {
    try {
        return queue_.finish(job, status, reason);
    } catch (const RedisError &error) {
        log_event(LogLevel::kWarning, "finish_kept", "Redis is away; the job's end is told later",
                  {{"sha256", job.id}, {"status", name_of(status)}, {"reason", error.what()}});
        std::lock_guard lock(mutex_);
        kept_.push_back({job, status, std::string(reason)});
        return true;
    }
}

void FinalAnswers::replay() {
    std::lock_guard lock(mutex_);
    while (!kept_.empty()) {
        const Answer &answer = kept_.front();
        queue_.finish(answer.job, answer.status, answer.reason);
        kept_.erase(kept_.begin());
    }
}

size_t FinalAnswers::kept() const {
    std::lock_guard lock(mutex_);
    return kept_.size();
}

} // namespace nem12::loader

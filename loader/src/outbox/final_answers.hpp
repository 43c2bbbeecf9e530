#pragma once
// The ends of jobs that Redis has not heard of yet, because it was away when they came. They are said when it is back; by
// then another worker may have found the same in the ledger, and nothing depends on them.

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "queue/job_queue.hpp"

namespace nem12::loader {

class FinalAnswers {
public:
    explicit FinalAnswers(JobQueue &queue) : queue_(queue) {}

    // Says it now, or keeps it. False when the queue says that the claim is not ours any more.
    bool say(const ClaimedJob &job, JobStatus status, std::string_view reason);
    // Says what was kept, in order. Throws RedisError when Redis is still away.
    void replay();
    size_t kept() const;

private:
    struct Answer {
        ClaimedJob job;
        JobStatus status;
        std::string reason;
    };
    JobQueue &queue_;
    mutable std::mutex mutex_;
    std::vector<Answer> kept_;
};

} // namespace nem12::loader

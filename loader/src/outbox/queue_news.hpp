#pragma once
// What the queue hears late, or from somebody without a claim: how a file ended.

#include "judge/judged_file.hpp"
#include "outbox/outbox.hpp"
#include "queue/job_queue.hpp"

namespace nem12::loader {

// A refusal of intake: there is no claim.
nlohmann::json rejected_message(const JudgedFile &file, std::string_view reason);
// The end of a claimed job. When its claim is not ours any more, another worker may have found the same in the ledger, and the
// queue takes no notice.
nlohmann::json ended_message(const ClaimedJob &job, JobStatus status, std::string_view reason);

class QueueNews : public Recipient {
public:
    explicit QueueNews(JobQueue &queue) : queue_(queue) {}
    Answer tell(std::span<const nlohmann::json> messages, const std::atomic<bool> &stop) override;

private:
    JobQueue &queue_;
    bool away_ = false;
};

} // namespace nem12::loader

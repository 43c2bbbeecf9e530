#pragma once
// Files that are safe in the spool but whose job is not settled between this spool and the queue: offered again while the
// queue is full or unreachable, followed while the same content is in another daemon's hands.

#include <atomic>
#include <chrono>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "log/seldom_log.hpp"
#include "queue/job_queue.hpp"
#include "spool/spool.hpp"

namespace nem12::loader {

class Offers {
public:
    using Clock = std::chrono::steady_clock;
    enum class Result { kQueued, kFull, kFollowed, kDuplicate, kUnreachable };

    Offers(Spool &spool, JobQueue &queue) : spool_(spool), queue_(queue) {}

    // kDuplicate: loaded before, and moved on to the archive.
    std::vector<Result> offer(std::span<const JudgedFile> files); // one for each
    void retry_full();                                            // every retry_seconds
    void follow();                                                // each look at the inbox
    size_t open() const { return open_; }

private:
    Spool &spool_;
    JobQueue &queue_;
    std::map<std::string, Result> waiting_; // by sha256: kFull, kFollowed, kUnreachable
    std::atomic<size_t> open_{0};
    SeldomLog troubles_;

    Result join(const JudgedFile &file);
    Result settle_like(const JudgedFile &file, JobStatus status, const std::string &reason);
    void retry(Result which);
};

JobOffer offer_of(const JudgedFile &file);

} // namespace nem12::loader

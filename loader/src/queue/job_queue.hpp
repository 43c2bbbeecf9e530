#pragma once
// The queue of jobs as every stage sees it. Implemented over Redis functions (queue/); a job's id is its file's SHA-256.

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nem12::loader {

enum class JobStatus { kPending, kInProgress, kSuccess, kFailed, kRejected };
std::string_view name_of(JobStatus status); // pending, in_progress, success, failed, rejected
std::optional<JobStatus> job_status_of(std::string_view name);

struct JobOffer {
    std::string id;   // sha256, lower hex
    std::string name; // file name, for people
    int64_t bytes = 0;
    std::string file_creation; // CCYYMMDDhhmm: older files first
    std::string sender = {};   // from participant of the 100; empty: not known
    // For record(): since when that is known, unix milliseconds; a job that was queued again since then stays queued. 0: now.
    int64_t known_ms = 0;
};

enum class Offered { kQueued, kDuplicate, kFull };

struct ClaimedJob {
    std::string id, name;
    std::string fence;                   // epoch:counter; every later call about this claim carries it
    int attempts = 0;                    // transient failures so far
    int deliveries = 0;                  // claims so far, this one included
    std::chrono::milliseconds queued{0}; // time since it was offered
};

// How a claimed job ended.
struct JobEnd {
    const ClaimedJob *job;
    JobStatus status; // success, failed or rejected
    std::string_view reason;
};

struct JobRecord {
    std::string id, name, worker, reason;
    std::string sender;  // from participant of the 100
    std::string rule;    // that it broke first; of a failed one the cause; see cause_of
    std::string history; // a line for each change of status: unix milliseconds, status, why or by whom
    std::string home;    // of the spool that has its file; see home.hpp
    JobStatus status;
    int attempts = 0, deliveries = 0;
    int64_t bytes = 0, queued_ms = 0, started_ms = 0, done_ms = 0, dismissed_ms = 0; // unix milliseconds, Redis clock
};

struct QueueCounts {
    std::map<std::string, int64_t> by_status; // all five names; finished ones counted since the queue was made
    int64_t bytes = 0;                        // pending + in progress
    int64_t oldest_pending_ms = 0;            // age, 0 when none
};

struct Swept {
    int promoted = 0, released = 0, poisoned = 0;
};

// Every method is one atomic step in Redis. All throw RedisError (queue/redis_client.hpp) when Redis cannot be reached.
class JobQueue {
public:
    virtual ~JobQueue() = default;
    virtual std::vector<Offered> offer(std::span<const JobOffer> offers) = 0; // one answer for each
    Offered offer(const JobOffer &offer);
    // The first in line, and after it more, up to so many files and bytes, as long as nobody had any of them in hand before.
    virtual std::vector<ClaimedJob> claim(std::string_view worker, int most_files, int64_t most_bytes) = 0;
    std::optional<ClaimedJob> claim(std::string_view worker);
    // The calls below return false when the claim is no longer ours (lease lost, queue flushed): stop working on it.
    virtual bool renew(const ClaimedJob &job) = 0;
    virtual std::vector<bool> finish(std::span<const JobEnd> ends) = 0; // one answer for each
    bool finish(const ClaimedJob &job, JobStatus status, std::string_view reason);
    virtual bool retry(const ClaimedJob &job, std::chrono::milliseconds delay, std::string_view reason, bool count_attempt) = 0;
    // A status without a claim: files rejected by validation, found loaded by the reconciler, requeued by an operator.
    virtual void record(const JobOffer &offer, JobStatus status, std::string_view reason) = 0;
    virtual bool requeue(std::string_view id) = 0; // failed or rejected -> pending, for whoever has its file: us
    virtual Swept sweep() = 0;                     // due retries, expired leases, poison
    virtual QueueCounts counts() = 0;
    virtual std::optional<JobRecord> find(std::string_view id) = 0;
    virtual std::vector<JobRecord> list(JobStatus status, int limit) = 0;
    virtual const std::string &home() const = 0; // ours
    virtual std::string epoch() = 0;             // changes when Redis was flushed or replaced
    virtual int64_t room() = 0;                  // how many may be offered: a hint, offer() decides
    // What is wrong with the server's settings, in a sentence; empty: nothing, or we may not ask.
    virtual std::string wrong_settings() { return {}; }
};

} // namespace nem12::loader

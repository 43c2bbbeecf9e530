#include "queue/redis_job_queue.hpp"

#include <algorithm>
#include <random>

#include "judge/verdict.hpp"
#include "log/log.hpp"
#include "queue/job_record.hpp"
#include "queue/redis_functions.hpp"

namespace nem12::loader {
namespace {

constexpr int kSweptAtOnce = 1000;

std::string fresh_epoch() {
    std::random_device random;
    std::string out;
    for (int i = 0; i < 4; ++i) {
        char part[9];
        std::snprintf(part, sizeof part, "%08x", random());
        out += part;
    }
    return out;
}

void log_status(std::string_view id, JobStatus status, std::string_view reason, std::string_view fence = {}) {
    log_event(LogLevel::kInfo, "job_status", name_of(status), {{"sha256", id}, {"fence", fence}, {"reason", reason}});
}

Offered outcome_of(std::string_view word) {
    if (word == "queued")
        return Offered::kQueued;
    if (word == "duplicate")
        return Offered::kDuplicate;
    if (word == "full")
        return Offered::kFull;
    throw RedisError(RedisError::Kind::kRefused, "Redis: an offer was answered by what is no answer to it");
}

class RedisJobQueue : public JobQueue {
public:
    using JobQueue::claim;
    using JobQueue::finish;
    using JobQueue::offer;

    RedisJobQueue(const RedisConfig &redis, const QueueConfig &queue, std::string_view home)
        : queue_(queue), home_(home), functions_(redis) {}

    std::vector<Offered> offer(std::span<const JobOffer> offers) override {
        std::vector<std::string> words{text(queue_.size), text(queue_.max_bytes), fresh_epoch(), home_, text(lease_ms())};
        for (const JobOffer &job : offers)
            words.insert(words.end(), {job.id, job.name, text(job.bytes), job.file_creation, job.sender});
        std::vector<Offered> outcomes(offers.size(), Offered::kFull);
        try {
            RedisReply reply = functions_.call("nem12_offer", words);
            for (size_t i = 0; i < offers.size(); ++i)
                outcomes[i] = outcome_of(i < reply->elements ? text_of(reply->element[i]) : "");
        } catch (const RedisError &error) {
            if (error.kind() == RedisError::Kind::kFull)
                return outcomes;
            throw;
        }
        for (size_t i = 0; i < offers.size(); ++i)
            if (outcomes[i] == Offered::kQueued)
                log_event(LogLevel::kInfo, "job_status", name_of(JobStatus::kPending),
                          {{"sha256", offers[i].id}, {"file", offers[i].name}, {"bytes", offers[i].bytes}});
        return outcomes;
    }

    std::vector<ClaimedJob> claim(std::string_view worker, int most_files, int64_t most_bytes) override {
        RedisReply reply = functions_.call(
            "nem12_claim", {std::string(worker), text(lease_ms()), fresh_epoch(), home_, text(most_files), text(most_bytes)});
        std::vector<ClaimedJob> jobs;
        for (size_t i = 0; i < reply->elements; ++i) {
            const redisReply *fields = reply->element[i];
            if (fields->elements != 6)
                continue;
            ClaimedJob job;
            job.id = text_of(fields->element[0]);
            job.fence = text_of(fields->element[1]);
            job.name = text_of(fields->element[2]);
            job.attempts = static_cast<int>(number_of(fields->element[3]));
            job.deliveries = static_cast<int>(number_of(fields->element[4]));
            job.queued = std::chrono::milliseconds(number_of(fields->element[5]));
            log_event(LogLevel::kInfo, "job_status", name_of(JobStatus::kInProgress),
                      {{"sha256", job.id},
                       {"file", job.name},
                       {"fence", job.fence},
                       {"worker", worker},
                       {"attempts", job.attempts},
                       {"deliveries", job.deliveries},
                       {"queued_ms", job.queued.count()}});
            jobs.push_back(std::move(job));
        }
        return jobs;
    }

    bool renew(const ClaimedJob &job) override {
        return number_of(functions_.call("nem12_renew", {job.id, job.fence, text(lease_ms())}).get()) == 1;
    }

    std::vector<bool> finish(std::span<const JobEnd> ends) override {
        std::vector<std::string> words{keep()};
        for (const JobEnd &end : ends)
            words.insert(words.end(), {end.job->id, end.job->fence, std::string(name_of(end.status)), std::string(end.reason),
                                       cause_in(end.status, end.reason)});
        RedisReply reply = functions_.call("nem12_finish", words);
        std::vector<bool> ours(ends.size());
        for (size_t i = 0; i < std::min(ends.size(), reply->elements); ++i) {
            ours[i] = number_of(reply->element[i]) == 1;
            if (ours[i])
                log_status(ends[i].job->id, ends[i].status, ends[i].reason, ends[i].job->fence);
        }
        return ours;
    }

    bool retry(const ClaimedJob &job, std::chrono::milliseconds delay, std::string_view reason, bool count_attempt) override {
        bool ours = number_of(functions_
                                  .call("nem12_retry", {job.id, job.fence, text(delay.count()), std::string(reason),
                                                        count_attempt ? "1" : "0"})
                                  .get()) == 1;
        if (ours)
            log_status(job.id, JobStatus::kPending, reason, job.fence);
        return ours;
    }

    void record(const JobOffer &job, JobStatus status, std::string_view reason) override {
        if (number_of(functions_
                          .call("nem12_record",
                                {job.id, job.name, text(job.bytes), job.file_creation, std::string(name_of(status)),
                                 std::string(reason), keep(), home_, job.sender, cause_in(status, reason), text(job.known_ms)})
                          .get()) == 1)
            log_status(job.id, status, reason);
    }

    bool requeue(std::string_view id) override {
        bool done = number_of(functions_.call("nem12_requeue", {std::string(id), home_}).get()) == 1;
        if (done)
            log_status(id, JobStatus::kPending, "requeued");
        return done;
    }

    Swept sweep() override {
        RedisReply reply = functions_.call("nem12_sweep", {text(queue_.max_deliveries), text(kSweptAtOnce), keep(), home_});
        Swept swept;
        if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 3)
            return swept;
        swept.promoted = static_cast<int>(reply->element[0]->elements);
        swept.released = log_swept(reply->element[1], JobStatus::kPending, "its lease ran out");
        swept.poisoned = log_swept(reply->element[2], JobStatus::kFailed, "poison: its lease ran out too often");
        return swept;
    }

    QueueCounts counts() override {
        RedisReply reply = functions_.call("nem12_counts", {}, "FCALL_RO");
        QueueCounts counts;
        if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 7)
            return counts;
        size_t i = 0;
        for (JobStatus status :
             {JobStatus::kPending, JobStatus::kInProgress, JobStatus::kSuccess, JobStatus::kFailed, JobStatus::kRejected})
            counts.by_status[std::string(name_of(status))] = number_of(reply->element[i++]);
        counts.bytes = number_of(reply->element[5]);
        counts.oldest_pending_ms = number_of(reply->element[6]);
        return counts;
    }

    std::optional<JobRecord> find(std::string_view id) override {
        RedisReply reply = functions_.call("nem12_find", {std::string(id)}, "FCALL_RO");
        if (reply->elements == 0)
            return std::nullopt;
        return record_of(id, reply.get());
    }

    std::vector<JobRecord> list(JobStatus status, int limit) override {
        RedisReply jobs = functions_.call("nem12_list", {std::string(name_of(status)), text(limit)}, "FCALL_RO");
        std::vector<JobRecord> records;
        for (size_t i = 0; i < jobs->elements; ++i) {
            const redisReply *job = jobs->element[i];
            if (job->elements == 2)
                records.push_back(record_of(text_of(job->element[0]), job->element[1]));
        }
        return records;
    }

    const std::string &home() const override { return home_; }

    std::string epoch() override { return text_of(functions_.call("nem12_epoch", {fresh_epoch()}).get()); }

    int64_t room() override {
        return number_of(functions_.call("nem12_room", {text(queue_.size), text(queue_.max_bytes)}, "FCALL_RO").get());
    }

    // A server that throws keys away at its limit would forget jobs. They would be offered again, but only by the reconciler.
    std::string wrong_settings() override {
        try {
            const std::string policy = line_of(text_of(functions_.command({"INFO", "memory"}).get()), "maxmemory_policy:");
            return policy.empty() || policy == "noeviction"
                       ? ""
                       : "maxmemory-policy is " + policy + ": Redis may throw jobs away; set it to noeviction";
        } catch (const RedisError &error) {
            if (error.kind() != RedisError::Kind::kConfig)
                throw;
            return {}; // no right to ask
        }
    }

private:
    static std::string line_of(const std::string &info, std::string_view key) {
        const size_t at = info.find(key);
        return at == std::string::npos ? "" : info.substr(at + key.size(), info.find('\r', at) - at - key.size());
    }

    static int log_swept(const redisReply *ids, JobStatus status, std::string_view reason) {
        for (size_t i = 0; i < ids->elements; ++i)
            log_status(text_of(ids->element[i]), status, reason);
        return static_cast<int>(ids->elements);
    }

    static std::string cause_in(JobStatus status, std::string_view reason) {
        return status == JobStatus::kSuccess ? std::string() : cause_of(reason);
    }
    static std::string text(int64_t number) { return std::to_string(number); }
    std::string keep() const { return text(std::max(1, queue_.keep_seconds)); }
    int64_t lease_ms() const { return int64_t{queue_.lease_seconds} * 1000; }

    QueueConfig queue_;
    const std::string home_;
    RedisFunctions functions_;
};

} // namespace

std::unique_ptr<JobQueue> make_redis_job_queue(const RedisConfig &redis, const QueueConfig &queue, std::string_view home) {
    return std::make_unique<RedisJobQueue>(redis, queue, home);
}

} // namespace nem12::loader

#include "observe/observation.hpp"

namespace nem12::loader {

void Observation::claimed(const ClaimedJob &job) { metrics.stage_took("queue_wait", job.queued); }

void Observation::loaded(const JudgedFile &file, const LoadOutcome &outcome, std::chrono::milliseconds queue_to_commit) {
    metrics.stage_took("load", std::chrono::duration<double>(outcome.seconds));
    metrics.stage_took("queue_to_commit", queue_to_commit);
    if (outcome.status == LoadStatus::kLoaded) {
        metrics.loaded(outcome.readings, file.bytes, outcome.days_inserted, outcome.days_staged);
        metrics.file_done("success");
    } else {
        metrics.file_done("already_loaded");
    }
}

void Observation::ended(const ClaimedJob &, JobStatus status, std::string_view) {
    if (status != JobStatus::kSuccess) { // successes were counted with their readings, in loaded()
        metrics.file_done(name_of(status));
    }
}

void Observation::retried(const ClaimedJob &, std::string_view) { metrics.retry("job"); }

void Observation::lease_lost(const ClaimedJob &) { metrics.lease_lost(); }

void Observation::database_error(const DatabaseError &error) { metrics.error(name_of(error.error_class()), error.sqlstate()); }

void Observation::database_trouble(std::string_view reason) { troubles.set("database", std::string(reason)); }

void Observation::queue_trouble(std::string_view reason) { troubles.set("redis", std::string(reason)); }

void Observation::merged(const MergeCounts &counts) {
    metrics.merged(counts.inserted, counts.updated, counts.discarded);
    metrics.set_staging_depth(counts.remaining);
}

void Observation::repaired(std::string_view rule, int64_t count) { metrics.repaired(rule, count); }

void Observation::beat(std::string_view thread, std::chrono::milliseconds sleeps) {
    const auto allowed = longest_step_ + sleeps;
    const std::lock_guard lock(mutex_);
    auto known = beats_.find(thread);
    if (known == beats_.end()) {
        Heartbeat &heartbeat = heartbeats.add(std::string(thread), allowed);
        known = beats_.emplace(std::string(thread), &heartbeat).first;
    }
    known->second->beat(allowed);
}

} // namespace nem12::loader

#include "load/worker.hpp"

#include <algorithm>

#include "base/files.hpp"
#include "log/log.hpp"
#include "outbox/findings_news.hpp"
#include "outbox/queue_news.hpp"
#include "outbox/server_refusal.hpp"
#include "queue/redis_client.hpp"

namespace nem12::loader {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Work of other processes is not announced; of our own intake it is (WorkerPool::wake).
constexpr milliseconds kLookForWork{100};
constexpr milliseconds kQuestion{10000}; // a short call to the server

// Small files are claimed, loaded and ended together.
constexpr int kMostTogether = 16;
constexpr int64_t kMostBytesTogether = 2 << 20;

LoadOptions options_of(const Config &config) {
    return {config.ingest.on_invalid, config.ingest.dialect, config.process.chunk_bytes,
            std::chrono::seconds(config.process.job_timeout_seconds), config.ingest.max_future_hours};
}

std::string_view reason_of(const LoadOutcome &outcome) {
    return outcome.status == LoadStatus::kAlreadyLoaded ? "already loaded" : "loaded";
}

} // namespace

Worker::Worker(WorkShop &shop, std::string name, std::string thread_name)
    : shop_(shop), name_(std::move(name)), thread_name_(std::move(thread_name)),
      connection_(shop.config.database, std::chrono::seconds(shop.config.process.job_timeout_seconds)),
      stream_(connection_, shop.months, options_of(shop.config)) {}

void Worker::wait(milliseconds time) {
    std::unique_lock lock(shop_.mutex);
    uint64_t before = shop_.wakes;
    shop_.wake.wait_for(lock, time, [&] { return shop_.stop || shop_.wakes != before; });
}

void Worker::run() {
    for (;;) {
        {
            std::lock_guard lock(shop_.mutex);
            if (shop_.stop)
                return;
        }
        shop_.observer.beat(thread_name_);
        try {
            if (!step())
                wait(kLookForWork);
        } catch (const std::exception &error) {
            // A full disk under the spool, or a bug. The job's lease, if there is one, brings it back.
            log_event(LogLevel::kError, "worker_error", error.what(), {{"worker", name_}});
            wait(1s);
        }
    }
}

bool Worker::step() {
    auto ticket = shop_.breaker.allow();
    if (!ticket) {
        if (auto canary = shop_.breaker.try_canary())
            try_to_close(*canary);
        else
            wait(std::clamp<milliseconds>(shop_.breaker.wait(), 1ms, 200ms));
        return true;
    }
    if (!shop_.pause.allows())
        return false;
    const std::vector<ClaimedJob> jobs = claim(shop_.pause.reason().empty() ? kMostTogether : 1);
    if (!jobs.empty())
        work_on_all(jobs, *ticket);
    else if (!queue_was_away_ && !shop_.pause.reason().empty())
        try_canary(*ticket, true); // nothing to try it with
    return !jobs.empty();
}

// Half-open. A database can take one small row and still no file (a full tablespace, a broken disk): after the canary one job
// is tried, while everybody else still waits. Whatever it says that is no fault of the server's closes the breaker.
void Worker::try_to_close(BreakerTicket ticket) {
    if (!try_canary(ticket, false) || !shop_.breaker.canary_committed(ticket))
        return;
    struct Answered { // also when an exception ends it: nobody else may try meanwhile
        CircuitBreaker &breaker;
        BreakerTicket ticket;
        ~Answered() { breaker.answered(ticket); }
    } at_the_end{shop_.breaker, ticket};
    if (shop_.pause.allows())
        work_on_all(claim(1), ticket);
}

std::vector<ClaimedJob> Worker::claim(int most_files) {
    try {
        std::vector<ClaimedJob> jobs = shop_.queue.claim(name_, most_files, kMostBytesTogether);
        for (const ClaimedJob &job : jobs)
            shop_.observer.claimed(job);
        if (queue_was_away_)
            shop_.observer.queue_trouble("");
        queue_was_away_ = false;
        return jobs;
    } catch (const RedisError &error) {
        if (!queue_was_away_)
            log_event(LogLevel::kWarning, "queue_away", error.what(), {{"worker", name_}});
        queue_was_away_ = true;
        shop_.observer.queue_trouble(error.what());
        wait(error.kind() == RedisError::Kind::kUnavailable ? milliseconds(500) : milliseconds(5000));
        return {};
    }
}

void Worker::works_again() {
    if (!shop_.pause.end())
        return;
    log_event(LogLevel::kInfo, "loading_resumed", "the database takes files again");
    shop_.observer.database_trouble("");
}

bool Worker::try_canary(BreakerTicket ticket, bool for_a_pause) {
    try {
        auto time = shop_.config.breaker.canary_timeout;
        connection_.ensure(time);
        ping_write(connection_, Patience::of(time));
        if (for_a_pause)
            works_again();
        return true;
    } catch (const DatabaseError &error) {
        connection_.close();
        shop_.observer.database_error(error);
        if (error.error_class() != ErrorClass::kConfig) {
            shop_.breaker.failed(ticket, error.what());
            return false;
        }
        shop_.breaker.answered(ticket); // the rest is for a person
        if (shop_.pause.begin(error.what()))
            shop_.observer.database_trouble(error.what());
        return false;
    }
}

void Worker::work_on_all(const std::vector<ClaimedJob> &jobs, BreakerTicket ticket) {
    if (jobs.size() > 1 && load_together(jobs, ticket))
        return;
    for (const ClaimedJob &job : jobs) {
        if (&job == &jobs.front() || may_go_on(ticket))
            work_on(job, ticket);
        else
            give_back(job, milliseconds(0), "an earlier file could not be loaded", false);
    }
}

bool Worker::may_go_on(BreakerTicket &ticket) {
    {
        std::lock_guard lock(shop_.mutex);
        if (shop_.stop)
            return false;
    }
    const auto next = shop_.breaker.allow();
    if (!next || !shop_.pause.allows())
        return false;
    ticket = *next;
    return true;
}

// Whatever goes wrong is some file's or everybody's, and loading them one by one tells which.
bool Worker::load_together(const std::vector<ClaimedJob> &jobs, BreakerTicket ticket) {
    LoadProgress progress;
    progress.on_acknowledged = [this](int64_t bytes) {
        shop_.observer.acknowledged(bytes);
        shop_.observer.beat(thread_name_);
    };
    Leases::Held held(shop_.leases, jobs, progress);
    ended_ = false;
    try {
        std::vector<JudgedFile> files;
        for (const ClaimedJob &job : jobs) {
            auto file = shop_.spool.find(job.id, job.name);
            if (!file)
                return false;
            files.push_back(std::move(*file));
        }
        const auto start = steady_clock::now();
        const std::vector<LoadOutcome> outcomes = stream_.load_together(files, progress);
        const auto took = std::chrono::duration_cast<milliseconds>(steady_clock::now() - start);
        shop_.breaker.succeeded(ticket);
        works_again();
        std::vector<JobEnd> ends;
        for (size_t n = 0; n < jobs.size(); ++n) {
            note_loaded(jobs[n], files[n], outcomes[n], took);
            ends.push_back({&jobs[n], JobStatus::kSuccess, reason_of(outcomes[n])});
        }
        end_all(ends);
        std::vector<std::string> ids;
        ids.reserve(jobs.size());
        for (const ClaimedJob &job : jobs)
            ids.push_back(job.id);
        shop_.spool.loaded(ids);
        return true;
    } catch (const Cancelled &) {
        for (const ClaimedJob &job : jobs)
            after_cancel(job, held.lost(job));
        return true;
    } catch (const std::exception &error) {
        connection_.close();
        log_event(LogLevel::kInfo, "together_failed", error.what(), {{"files", jobs.size()}, {"worker", name_}});
        return ended_; // committed: what is left to do with the files is done by the reconciler
    }
}

void Worker::work_on(const ClaimedJob &job, BreakerTicket ticket) {
    LoadProgress progress;
    progress.on_acknowledged = [this](int64_t bytes) {
        shop_.observer.acknowledged(bytes);
        shop_.observer.beat(thread_name_);
    };
    Leases::Held held(shop_.leases, job, progress);
    ended_ = false;
    std::optional<JudgedFile> file;
    try {
        file = shop_.spool.find(job.id, job.name);
        if (!file)
            return missing(job);
        try {
            load(job, *file, ticket, held, progress);
        } catch (const SpoolError &) {
            if (shop_.spool.find(job.id, job.name))
                throw;
            connection_.close();
            missing(job); // whoever held it before us has loaded and settled it after all
        }
    } catch (const DatabaseError &error) {
        after_error(job, file ? &*file : nullptr, error, ticket);
    } catch (const SpoolError &error) {
        connection_.close();
        log_event(LogLevel::kError, "spool_corrupt", error.what(), {{"sha256", job.id}, {"file", job.name}});
        fail(job, error.what());
    } catch (const Cancelled &) {
        after_cancel(job, held.lost(job));
    } catch (const std::exception &error) {
        after_trouble(job, error);
    }
}

void Worker::load(const ClaimedJob &job, const JudgedFile &file, BreakerTicket ticket, Leases::Held &held,
                  LoadProgress &progress) {
    auto start = steady_clock::now();
    LoadOutcome outcome = stream_.load(file, progress);
    const auto took = std::chrono::duration_cast<milliseconds>(steady_clock::now() - start);
    shop_.breaker.succeeded(ticket);
    works_again();
    note_loaded(job, file, outcome, took);
    if (held.lost(job))
        log_event(LogLevel::kWarning, "lease_lost_after_commit", "the next claim finds it in the ledger", {{"sha256", job.id}});
    end(job, JobStatus::kSuccess, reason_of(outcome));
    shop_.spool.loaded(job.id);
}

void Worker::note_loaded(const ClaimedJob &job, const JudgedFile &file, const LoadOutcome &outcome, milliseconds took) {
    const milliseconds queue_to_commit = job.queued + took;
    log_event(LogLevel::kInfo, "file_loaded", reason_of(outcome),
              {{"sha256", job.id},
               {"file", job.name},
               {"worker", name_},
               {"readings", outcome.readings},
               {"days_inserted", outcome.days_inserted},
               {"days_staged", outcome.days_staged},
               {"seconds", outcome.seconds},
               {"queue_to_commit_ms", queue_to_commit.count()}});
    shop_.observer.loaded(file, outcome, queue_to_commit);
}

// Its file is not in the spool: loaded by a worker that died before it could say so, or put back by an operator and
// still on its way through intake, or gone.
void Worker::missing(const ClaimedJob &job) {
    connection_.ensure();
    if (file_loaded(connection_, job.id, Patience::of(kQuestion)))
        return end(job, JobStatus::kSuccess, "already loaded");
    if (job.attempts + 1 < shop_.config.queue.max_attempts)
        return give_back(job, retry_delay(job.attempts, jitter()), "FILE_MISSING: not in the spool (yet)", true);
    log_event(LogLevel::kError, "file_missing", "neither in the spool nor in the ledger",
              {{"sha256", job.id}, {"file", job.name}});
    fail(job, "FILE_MISSING: neither in the spool nor in the ledger");
}

void Worker::after_error(const ClaimedJob &job, const JudgedFile *file, const DatabaseError &error, BreakerTicket ticket) {
    connection_.close(); // whatever was open on it is rolled back
    shop_.observer.database_error(error);
    Decision decision = decide(error, job.attempts, shop_.config.queue, jitter());
    std::string reason = std::string(name_of(error.error_class())) + (error.sqlstate().empty() ? "" : " " + error.sqlstate()) +
                         ": " + error.what();
    log_event(LogLevel::kWarning, "load_failed", error.what(),
              {{"sha256", job.id},
               {"file", job.name},
               {"class", name_of(error.error_class())},
               {"sqlstate", error.sqlstate()},
               {"attempts", job.attempts},
               {"worker", name_}});
    if (decision.breaker_failure)
        shop_.breaker.failed(ticket, error.what());
    switch (decision.action) {
    case Decision::Action::kRetry: return give_back(job, decision.delay, reason, decision.count_attempt);
    case Decision::Action::kFail: return fail(job, reason);
    case Decision::Action::kReject: return file ? reject(job, *file, error) : fail(job, reason);
    case Decision::Action::kPause:
        if (shop_.pause.begin(reason)) {
            log_event(LogLevel::kError, "loading_paused", error.what(), {{"sqlstate", error.sqlstate()}});
            shop_.observer.database_trouble(reason);
        }
        return give_back(job, milliseconds(0), reason, false);
    }
}

void Worker::after_cancel(const ClaimedJob &job, bool lost) {
    connection_.close();
    if (!lost)
        return give_back(job, milliseconds(0), "the loader is shutting down", false);
    log_event(LogLevel::kWarning, "lease_lost", "the job is another worker's now", {{"sha256", job.id}, {"file", job.name}});
    shop_.observer.lease_lost(job);
}

// Trouble of this host: a record that cannot be read, a full disk, no memory.
void Worker::after_trouble(const ClaimedJob &job, const std::exception &error) {
    connection_.close();
    log_event(LogLevel::kError, "worker_error", error.what(), {{"sha256", job.id}, {"file", job.name}, {"worker", name_}});
    if (ended_)
        return; // it is loaded or refused; what is left to do with the file is done by the reconciler
    if (job.attempts + 1 < shop_.config.queue.max_attempts)
        return give_back(job, retry_delay(job.attempts, jitter()), error.what(), true);
    fail(job, error.what());
}

void Worker::give_back(const ClaimedJob &job, milliseconds delay, std::string_view reason, bool count_attempt) {
    try {
        shop_.queue.retry(job, delay, reason, count_attempt);
    } catch (const RedisError &error) {
        log_event(LogLevel::kWarning, "give_back_failed", error.what(), {{"sha256", job.id}}); // its lease runs out instead
    }
    shop_.observer.retried(job, reason);
}

void Worker::end_all(const std::vector<JobEnd> &ends) {
    ended_ = true;
    try {
        shop_.queue.finish(ends);
    } catch (const RedisError &) { // each for itself, to be told later
        for (const JobEnd &one : ends)
            end(*one.job, one.status, one.reason);
        return;
    }
    for (const JobEnd &one : ends)
        shop_.observer.ended(*one.job, one.status, one.reason);
}

void Worker::end(const ClaimedJob &job, JobStatus status, std::string_view reason) {
    ended_ = true;
    try {
        shop_.queue.finish(job, status, reason);
    } catch (const RedisError &error) {
        log_event(LogLevel::kWarning, "finish_kept", "Redis is away; the job's end is told later",
                  {{"sha256", job.id}, {"status", name_of(status)}, {"reason", error.what()}});
        shop_.outbox.put(Audience::kQueue, ended_message(job, status, reason));
    }
    shop_.observer.ended(job, status, reason);
}

void Worker::fail(const ClaimedJob &job, std::string_view reason) {
    end(job, JobStatus::kFailed, reason);
    shop_.spool.failed(job.id, reason);
}

void Worker::reject(const ClaimedJob &job, const JudgedFile &file, const DatabaseError &error) {
    Verdict verdict = refusal_by_server(error, file, shop_.config.ingest);
    std::string reason = summary_of(verdict);
    log_event(LogLevel::kWarning, "file_rejected", reason,
              {{"file", file.name},
               {"sha256", file.sha256},
               {"errors", verdict.errors},
               {"status", "rejected"},
               {"from", verdict.from_participant},
               {"to", verdict.to_participant}});
    shop_.outbox.put(Audience::kErrors, findings_message(file, verdict));
    end(job, JobStatus::kRejected, reason);
    shop_.spool.rejected(job.id, verdict);
}

} // namespace nem12::loader

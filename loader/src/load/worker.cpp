#include "load/worker.hpp"

#include <algorithm>

#include "base/files.hpp"
#include "log/log.hpp"
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

LoadOptions options_of(const Config &config) {
    return {config.ingest.on_invalid, config.ingest.dialect, config.process.chunk_bytes,
            std::chrono::seconds(config.process.job_timeout_seconds), config.ingest.max_future_hours};
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
    auto job = claim();
    if (job)
        work_on(*job, *ticket);
    else if (!queue_was_away_ && !shop_.pause.reason().empty())
        try_canary(*ticket, true); // nothing to try it with
    return job.has_value();
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
    if (auto job = shop_.pause.allows() ? claim() : std::nullopt)
        work_on(*job, ticket);
}

std::optional<ClaimedJob> Worker::claim() {
    try {
        shop_.answers.replay();
        auto job = shop_.queue.claim(name_);
        if (queue_was_away_)
            shop_.observer.queue_trouble("");
        queue_was_away_ = false;
        return job;
    } catch (const RedisError &error) {
        if (!queue_was_away_)
            log_event(LogLevel::kWarning, "queue_away", error.what(), {{"worker", name_}});
        queue_was_away_ = true;
        shop_.observer.queue_trouble(error.what());
        wait(error.kind() == RedisError::Kind::kUnavailable ? milliseconds(500) : milliseconds(5000));
        return std::nullopt;
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

void Worker::work_on(const ClaimedJob &job, BreakerTicket ticket) {
    shop_.observer.claimed(job);
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
        after_cancel(job, held.lost());
    } catch (const std::exception &error) {
        after_trouble(job, error);
    }
}

void Worker::load(const ClaimedJob &job, const JudgedFile &file, BreakerTicket ticket, Leases::Held &held,
                  LoadProgress &progress) {
    auto start = steady_clock::now();
    LoadOutcome outcome = stream_.load(file, progress);
    auto queue_to_commit = job.queued + std::chrono::duration_cast<milliseconds>(steady_clock::now() - start);
    shop_.breaker.succeeded(ticket);
    works_again();
    bool known = outcome.status == LoadStatus::kAlreadyLoaded;
    log_event(LogLevel::kInfo, "file_loaded", known ? "already loaded" : "loaded",
              {{"sha256", job.id},
               {"file", job.name},
               {"worker", name_},
               {"readings", outcome.readings},
               {"days_inserted", outcome.days_inserted},
               {"days_staged", outcome.days_staged},
               {"seconds", outcome.seconds},
               {"queue_to_commit_ms", queue_to_commit.count()}});
    shop_.observer.loaded(file, outcome, queue_to_commit);
    if (held.lost())
        log_event(LogLevel::kWarning, "lease_lost_after_commit", "the next claim finds it in the ledger", {{"sha256", job.id}});
    end(job, JobStatus::kSuccess, known ? "already loaded" : "loaded");
    shop_.spool.loaded(job.id);
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

void Worker::end(const ClaimedJob &job, JobStatus status, std::string_view reason) {
    ended_ = true;
    shop_.answers.say(job, status, reason);
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
    try {
        connection_.ensure();
        report_findings(connection_, file.name, file.sha256, verdict, Patience::of(kQuestion));
    } catch (const DatabaseError &unreported) {
        log_event(LogLevel::kError, "report_not_stored", unreported.what(), {{"sha256", job.id}, {"file", job.name}});
    }
    end(job, JobStatus::kRejected, reason);
    shop_.spool.rejected(job.id, verdict);
}

} // namespace nem12::loader

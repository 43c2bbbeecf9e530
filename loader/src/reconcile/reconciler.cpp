#include "reconcile/reconciler.hpp"

#include "log/log.hpp"
#include "outbox/offers.hpp"
#include "outbox/server_refusal.hpp"
#include "queue/redis_client.hpp"

namespace nem12::loader {
namespace {

constexpr std::chrono::seconds kSweepEvery{1};
constexpr size_t kAskedAtOnce = 1000;
constexpr int kMostInProgress = 1000; // far more than there are workers

bool ended(const std::optional<JobRecord> &job) {
    return job && job->status != JobStatus::kPending && job->status != JobStatus::kInProgress;
}

} // namespace

Reconciler::Reconciler(const Config &config, JobQueue &queue, Spool &spool, CircuitBreaker &breaker, LoadObserver &observer,
                       std::function<void()> on_offered)
    : config_(config), queue_(queue), spool_(spool), breaker_(breaker), observer_(observer), on_offered_(std::move(on_offered)),
      connection_(config.database, std::chrono::seconds(30)), thread_("reconcile", [this] { return step(); }) {}

std::chrono::milliseconds Reconciler::step() {
    try {
        tick();
        queue_was_away_ = false;
    } catch (const Cancelled &) { // stop()
    } catch (const std::exception &error) {
        if (!queue_was_away_)
            log_event(LogLevel::kWarning, "reconcile_failed", error.what());
        queue_was_away_ = true;
    }
    looked_ = true;
    observer_.beat("reconcile");
    return kSweepEvery;
}

void Reconciler::tick() {
    Swept swept = queue_.sweep();
    for (auto [rule, count] :
         {std::pair{"promoted", swept.promoted}, {"released", swept.released}, {"poisoned", swept.poisoned}})
        if (count > 0)
            observer_.repaired(rule, count);
    if ((swept.promoted > 0 || swept.released > 0) && on_offered_)
        on_offered_();
    std::string epoch = queue_.epoch();
    auto now = std::chrono::steady_clock::now();
    // A poisoned file is still in the spool, and leaves it by the pass.
    if (epoch == epoch_ && now < next_ && swept.poisoned == 0 && !(was_full_ && half_empty()))
        return;
    if (!epoch_.empty() && epoch != epoch_)
        log_event(LogLevel::kWarning, "queue_replaced", "Redis was flushed or replaced; the queue is made anew from the spool");
    was_full_ = reconcile().full;
    epoch_ = epoch;
    next_ = now + kEvery;
}

// Worth a pass: each reads the whole spool.
bool Reconciler::half_empty() { return queue_.room() >= (config_.queue.size + 1) / 2; }

std::set<std::string> Reconciler::ask_ledger(const std::vector<JudgedFile> &files, bool &answered) {
    std::set<std::string> loaded;
    answered = true;
    auto ticket = files.empty() ? std::nullopt : breaker_.allow();
    if (!ticket) {
        answered = files.empty();
        return loaded;
    }
    try {
        connection_.ensure();
        for (size_t from = 0; from < files.size(); from += kAskedAtOnce) {
            std::vector<std::string> hashes;
            for (size_t i = from; i < std::min(from + kAskedAtOnce, files.size()); ++i)
                hashes.push_back(files[i].sha256);
            loaded.merge(files_loaded(connection_, hashes, Patience::of(std::chrono::seconds(30), &thread_.stopping())));
        }
    } catch (const DatabaseError &error) {
        connection_.close();
        answered = false;
        observer_.database_error(error);
        if (error.error_class() == ErrorClass::kInfrastructure)
            breaker_.failed(*ticket, error.what());
        log_event(LogLevel::kWarning, "ledger_not_asked", error.what(), {{"sqlstate", error.sqlstate()}});
    }
    return loaded;
}

// Asked again, after the status: a worker may have committed since the ledger was asked.
bool Reconciler::ledger_lacks(const std::string &sha256) {
    try {
        connection_.ensure();
        return !file_loaded(connection_, sha256, Patience::of(std::chrono::seconds(10), &thread_.stopping()));
    } catch (const DatabaseError &) {
        return false;
    }
}

// A loader that died may have held a job whose file somebody took out of the spool: it has not ended before its lease runs out
// and a worker finds the file missing. Looking for it is all there is to do; the spool remembers what was missed.
void Reconciler::look_for_lost_files() {
    for (const JobRecord &job : queue_.list(JobStatus::kInProgress, kMostInProgress)) {
        if (job.home == queue_.home())
            spool_.find(job.id);
    }
}

Reconciler::Repairs Reconciler::reconcile() {
    Repairs repairs;
    look_for_lost_files();
    std::vector<JudgedFile> unsettled; // without a living job: the ledger decides
    for (JudgedFile &file : spool_.list()) {
        auto job = queue_.find(file.sha256);
        if (!job || ended(job))
            unsettled.push_back(std::move(file));
        else if (queue_.offer(offer_of(file)) == Offered::kQueued)
            ++repairs.offered; // a living job that had lost its place, or its loader
    }
    bool answered = false;
    std::set<std::string> in_ledger = ask_ledger(unsettled, answered);
    for (const JudgedFile &file : unsettled) {
        auto job = queue_.find(file.sha256); // again: a worker may have ended it meanwhile
        if (in_ledger.count(file.sha256)) {
            queue_.record(offer_of(file), JobStatus::kSuccess, "already loaded");
            repairs.loaded += spool_.loaded(file.sha256);
        } else if (!job) {
            Offered offered = repairs.full ? Offered::kFull : queue_.offer(offer_of(file));
            repairs.full = offered == Offered::kFull;
            repairs.offered += offered == Offered::kQueued;
        } else if (job->status == JobStatus::kSuccess && answered && ledger_lacks(file.sha256)) {
            queue_.record(offer_of(file), JobStatus::kPending, "the ledger does not know it");
            ++repairs.reopened;
        } else if (job->status == JobStatus::kFailed) {
            repairs.failed += spool_.failed(file.sha256, job->reason);
        } else if (job->status == JobStatus::kRejected) {
            repairs.rejected += spool_.rejected(file.sha256, refusal_by_server(job->reason));
        }
    }
    for (auto [rule, count] : {std::pair{"offered", repairs.offered},
                               {"loaded", repairs.loaded},
                               {"reopened", repairs.reopened},
                               {"failed", repairs.failed},
                               {"rejected", repairs.rejected}}) {
        if (count == 0)
            continue;
        observer_.repaired(rule, count);
        log_event(LogLevel::kInfo, "reconciled", rule, {{"files", count}});
    }
    if (repairs.offered + repairs.reopened > 0 && on_offered_)
        on_offered_();
    return repairs;
}

} // namespace nem12::loader

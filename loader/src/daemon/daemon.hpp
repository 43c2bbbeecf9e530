#pragma once
// All stages of the loader, wired: generator, intake, queue, workers, merge, reconciler, status pages.

#include <memory>
#include <optional>

#include "breaker/circuit_breaker.hpp"
#include "config/config.hpp"
#include "daemon/http_server.hpp"
#include "daemon/survey.hpp"
#include "generate/generator_loop.hpp"
#include "intake/intake.hpp"
#include "load/worker_pool.hpp"
#include "merge/merge_timer.hpp"
#include "observe/observation.hpp"
#include "outbox/findings_news.hpp"
#include "outbox/notifier.hpp"
#include "outbox/outbox.hpp"
#include "outbox/queue_news.hpp"
#include "outbox/right_of_way.hpp"
#include "queue/job_queue.hpp"
#include "reconcile/reconciler.hpp"
#include "spool/spool.hpp"

namespace nem12::loader {

class Daemon {
public:
    // Locks the spool and starts every thread. Redis and the database may be away: files are picked up, checked and refused
    // meanwhile. Throws if the directories cannot be used.
    explicit Daemon(const Config &config);

    // Nothing in the inbox, the spool or the outbox. (Staging may hold days; merge_rest.) Not idle while the
    // spool cannot be read.
    bool idle();
    // Merges until staging is empty or what is left cannot be merged, on the merge thread. rest_merged returns
    // nothing while it is running, and false if the database is away or another loader is merging: ask again.
    void merge_rest() { merge_timer_.merge_rest(); }
    std::optional<bool> rest_merged() { return merge_timer_.rest_merged(); }

    // Takes over what can change while running (the keys marked [live] in example.config.toml) and names the changed ones
    // that cannot.
    void reload(const Config &config);

    // Lets running loads finish for up to process.drain_seconds. False if some had to be given back.
    bool drain();
    // From another thread, while drain() waits: running loads are given back at once.
    void cut_short();

    StatusReport report() const { return survey_->report(); }
    std::vector<std::string> stalled() const { return observation_.heartbeats.stalled(); }

private:
    void watch_breaker();
    void start_http();

    Config config_;
    Observation observation_;
    CircuitBreaker breaker_;
    Spool spool_;
    // A connection each for those who would wait for one another.
    std::unique_ptr<JobQueue> intake_queue_, worker_queue_, reconcile_queue_, survey_queue_, outbox_queue_;
    RightOfWay right_of_way_;
    QueueNews queue_news_;
    FindingsNews findings_news_;
    Notifier notifier_;
    Outbox outbox_;
    WorkerPool workers_;
    Reconciler reconciler_;
    Intake intake_;
    GeneratorLoop generator_;
    MergeTimer merge_timer_;
    std::unique_ptr<Survey> survey_;
    std::unique_ptr<HttpServer> http_;
    bool spool_unreadable_ = false;
};

} // namespace nem12::loader

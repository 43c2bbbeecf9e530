#include "daemon/daemon.hpp"

#include "config/settings.hpp"
#include "config/this_host.hpp"
#include "daemon/pages.hpp"
#include "log/log.hpp"
#include "queue/home.hpp"
#include "queue/redis_job_queue.hpp"
#include "queue/redis_url.hpp"

namespace nem12::loader {

namespace {

constexpr std::chrono::seconds kOutboxPatience{10};

// Longer than any single step: a load, a merge.
std::chrono::seconds longest_step(const Config &config) {
    return std::chrono::seconds(config.process.job_timeout_seconds) + std::chrono::minutes(1);
}

std::unique_ptr<JobQueue> queue_for(const Config &config) {
    return make_redis_job_queue(config.redis, config.queue, queue_home(config.ingest.spool));
}

void warn_of_plain_text(const RedisConfig &redis) {
    const auto address = parse_redis_url(redis.url);
    if (address && !is_this_host(address->host)) {
        log_event(LogLevel::kWarning, "redis_in_plain_text",
                  "file names and the password cross the network unencrypted; use a TLS proxy", {{"host", address->host}});
    }
}

NotifierOptions notifier_options(const IngestConfig &ingest) {
    NotifierOptions options;
    options.command = ingest.notify_command;
    options.webhook = ingest.notify_webhook;
    return options;
}

} // namespace

Daemon::Daemon(const Config &config)
    : config_(config), observation_(longest_step(config)), breaker_(config.breaker), spool_(config.ingest),
      intake_queue_(queue_for(config)), worker_queue_(queue_for(config)), reconcile_queue_(queue_for(config)),
      survey_queue_(queue_for(config)), outbox_queue_(queue_for(config)),
      right_of_way_([this] { return observation_.busy() > 0; }), queue_news_(*outbox_queue_),
      findings_news_(config.database, breaker_, right_of_way_), notifier_(notifier_options(config.ingest)),
      outbox_(config.ingest.spool / "outbox",
              {.queue = &queue_news_, .errors = &findings_news_, .notify = notifier_.wanted() ? &notifier_ : nullptr}),
      workers_(config, *worker_queue_, breaker_, spool_, outbox_, observation_),
      reconciler_(config, *reconcile_queue_, spool_, breaker_, observation_, [this] { workers_.wake(); }),
      intake_(config.ingest, config.queue, spool_, *intake_queue_, outbox_, &observation_.metrics, right_of_way_,
              {.on_progress =
                   [this] {
                       observation_.beat("intake", config_.ingest.rescan_every);
                       workers_.wake();
                   }}),
      generator_(config.generate, config.ingest.inbox,
                 [this](const GenerateSpec &spec, const Generated &) {
                     observation_.metrics.generated(name_of(spec.kind));
                     intake_.wake();
                 }),
      merge_timer_(config, breaker_, observation_) {
    warn_of_plain_text(config.redis);
    spool_.on_report = [this](const std::filesystem::path &report) { outbox_.put(Audience::kNotify, report_message(report)); };
    watch_breaker();
    survey_ = std::make_unique<Survey>(config, Survey::Sources{*survey_queue_, breaker_, observation_,
                                                               [this] { return intake_.inbox_files(); },
                                                               [this] { return static_cast<int64_t>(workers_.workers()); }});
    start_http();
    outbox_.start();
    reconciler_.start();
    workers_.start();
    merge_timer_.start();
    intake_.start();
    generator_.start();
}

void Daemon::watch_breaker() {
    breaker_.on_transition([this](const BreakerTransition &move) {
        const std::string to(name_of(move.to));
        log_event(move.to == BreakerState::kOpen ? LogLevel::kWarning : LogLevel::kInfo, "breaker", to,
                  {{"from", name_of(move.from)}, {"to", to}, {"reason", move.reason}});
        observation_.metrics.breaker_moved(to);
        observation_.troubles.set("breaker",
                                  move.to == BreakerState::kClosed ? "" : "the circuit breaker is " + to + ": " + move.reason);
    });
}

void Daemon::start_http() {
    if (config_.http.listen.empty()) {
        return;
    }
    try {
        http_ = std::make_unique<HttpServer>(config_.http.listen,
                                             make_pages(observation_.heartbeats, observation_.troubles, observation_.metrics,
                                                        [this] { return survey_->report(); }));
        log_event(LogLevel::kInfo, "http_listens", "status page, probes and metrics",
                  {{"listen", config_.http.listen}, {"port", http_->port()}});
    } catch (const std::runtime_error &error) {
        // Files matter more than the page about them.
        log_event(LogLevel::kError, "http_failed", error.what(), {{"listen", config_.http.listen}});
    }
}

bool Daemon::idle() {
    if (!reconciler_.started() || !intake_.idle() || observation_.busy() > 0 || !outbox_.idle())
        return false;
    try {
        const bool empty = spool_.list().empty() && spool_.missed().empty();
        spool_unreadable_ = false;
        return empty;
    } catch (const std::exception &error) { // files are in it that nobody knows the end of
        if (!spool_unreadable_)
            log_event(LogLevel::kError, "spool_unreadable", error.what());
        spool_unreadable_ = true;
        return false;
    }
}

void Daemon::reload(const Config &config) {
    config_.generate = config.generate;
    config_.merge = config.merge;
    config_.log.level = config.log.level;
    config_.queue.retry_seconds = config.queue.retry_seconds;
    set_log_level(config_.log.level);
    generator_.reload(config_.generate);
    intake_.set_retry_seconds(config_.queue.retry_seconds);
    merge_timer_.reload(config_.merge);

    // What still differs needs a restart. Two walks over the same list: the settings have no names as values.
    std::vector<const void *> running;
    visit_settings(config_, [&](const char *, const char *, const auto &member, const auto &) { running.push_back(&member); });
    size_t at = 0;
    visit_settings(config, [&](const char *section, const char *key, const auto &member, const auto &) {
        using Member = std::remove_cvref_t<decltype(member)>;
        if (*static_cast<const Member *>(running[at++]) != member) {
            log_event(LogLevel::kWarning, "restart_needed", "this key takes effect at the next start",
                      {{"key", std::string(section) + "." + key}});
        }
    });
    log_event(LogLevel::kInfo, "reloaded", "the new configuration is in force");
}

bool Daemon::drain() {
    generator_.stop();
    intake_.stop(); // a file being copied is finished; it waits in the spool
    const bool clean = workers_.drain();
    // What is known about refused files still goes out, where there is somebody to take it; the rest after the next start.
    const auto end = std::chrono::steady_clock::now() + kOutboxPatience;
    while (!outbox_.idle() && breaker_.state() == BreakerState::kClosed && std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    merge_timer_.stop();
    reconciler_.stop();
    return clean;
}

void Daemon::cut_short() { workers_.cancel_in_hand(); }

} // namespace nem12::loader

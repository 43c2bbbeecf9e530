#include "operate/findings_reporter.hpp"

#include "database/pg_connection.hpp"
#include "database/server_calls.hpp"
#include "log/log.hpp"

namespace nem12::loader {

namespace {

constexpr std::chrono::seconds kPatience{30};
constexpr std::chrono::seconds kPause{1};

} // namespace

FindingsReporter::FindingsReporter(const DatabaseConfig &database) : database_(database), thread_([this] { run(); }) {}

FindingsReporter::~FindingsReporter() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
        changed_.notify_all();
    }
    thread_.join();
    if (!waiting_.empty()) {
        log_event(LogLevel::kWarning, "findings_dropped", "the database was away: these findings are in rejected/ only",
                  {{"files", waiting_.size()}});
    }
}

void FindingsReporter::report(const SpooledFile &file, const Verdict &verdict) {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= kMostWaiting) {
        if (!full_) {
            log_event(LogLevel::kWarning, "findings_dropped",
                      "too many wait for the database: further findings are in rejected/ only");
        }
        full_ = true;
        return;
    }
    full_ = false;
    waiting_.push_back({file.name, file.sha256, verdict.findings});
    changed_.notify_all();
}

bool FindingsReporter::idle() const {
    const std::lock_guard lock(mutex_);
    return waiting_.empty() && !busy_;
}

bool FindingsReporter::take_one(Waiting &waiting) {
    std::unique_lock lock(mutex_);
    busy_ = false;
    changed_.wait(lock, [this] { return stop_ || !waiting_.empty(); });
    if (stop_) {
        return false;
    }
    waiting = std::move(waiting_.front());
    waiting_.pop_front();
    busy_ = true;
    return true;
}

void FindingsReporter::run() {
    PgConnection connection(database_);
    Waiting waiting;
    while (take_one(waiting)) {
        try {
            connection.ensure();
            report_findings(connection, waiting.name, waiting.sha256, waiting.findings, Patience::of(kPatience, &stop_));
            continue;
        } catch (const DatabaseError &error) {
            connection.close();
            const bool lasting = error.error_class() == ErrorClass::kData || error.error_class() == ErrorClass::kInternal;
            log_event(lasting ? LogLevel::kError : LogLevel::kDebug, "findings_failed", error.what(),
                      {{"file", waiting.name}, {"sqlstate", error.sqlstate()}});
            if (lasting) {
                continue;
            }
        } catch (const Cancelled &) {}
        std::unique_lock lock(mutex_);
        waiting_.push_front(std::move(waiting));
        changed_.wait_for(lock, kPause, [this] { return stop_.load(); });
    }
}

} // namespace nem12::loader

#include "operate/findings_reporter.hpp"

#include <algorithm>
#include <iterator>

#include "database/server_calls.hpp"
#include "log/log.hpp"

namespace nem12::loader {

namespace {

constexpr std::chrono::seconds kPatience{30};
constexpr std::chrono::seconds kPause{1};
constexpr std::chrono::seconds kLongestWait{1};
constexpr size_t kMostAtOnce = 32; // files in one transaction

} // namespace

FindingsReporter::FindingsReporter(const DatabaseConfig &database, RightOfWay &right_of_way)
    : database_(database), right_of_way_(right_of_way), thread_([this] { run(); }) {}

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

bool FindingsReporter::take(std::vector<Waiting> &files, size_t most) {
    std::unique_lock lock(mutex_);
    busy_ = false;
    changed_.wait(lock, [this] { return stop_ || !waiting_.empty(); });
    if (stop_) {
        return false;
    }
    files.clear();
    for (; !waiting_.empty() && files.size() < most; waiting_.pop_front()) {
        files.push_back(std::move(waiting_.front()));
    }
    busy_ = true;
    return true;
}

void FindingsReporter::put_back(std::vector<Waiting> files) {
    const std::lock_guard lock(mutex_);
    waiting_.insert(waiting_.begin(), std::make_move_iterator(files.begin()), std::make_move_iterator(files.end()));
}

void FindingsReporter::store(PgConnection &connection, const std::vector<Waiting> &files) {
    const Patience patience = Patience::of(kPatience, &stop_);
    connection.ensure();
    connection.execute("BEGIN", {}, patience);
    for (const Waiting &file : files) {
        report_findings(connection, file.name, file.sha256, file.findings, patience);
    }
    connection.execute("COMMIT", {}, patience);
}

void FindingsReporter::run() {
    PgConnection connection(database_);
    std::vector<Waiting> files;
    size_t at_once = kMostAtOnce;
    while (take(files, at_once)) {
        right_of_way_.wait(kLongestWait, [this] { return stop_.load(); });
        std::chrono::milliseconds pause = kPause;
        try {
            store(connection, files);
            at_once = std::min(at_once * 2, kMostAtOnce);
            files.clear();
            pause = std::chrono::milliseconds(0);
        } catch (const DatabaseError &error) {
            connection.close();
            const bool lasting = error.error_class() == ErrorClass::kData || error.error_class() == ErrorClass::kInternal;
            log_event(lasting ? LogLevel::kError : LogLevel::kDebug, "findings_failed", error.what(),
                      {{"file", files.front().name}, {"files", files.size()}, {"sqlstate", error.sqlstate()}});
            if (lasting) {
                pause = std::chrono::milliseconds(0);
                if (files.size() == 1) {
                    files.clear(); // it will never be taken
                }
                at_once = 1; // to find the one that is not taken
            }
        } catch (const Cancelled &) {}
        put_back(std::move(files));
        std::unique_lock lock(mutex_);
        busy_ = false;
        changed_.wait_for(lock, pause, [this] { return stop_.load(); });
    }
}

} // namespace nem12::loader

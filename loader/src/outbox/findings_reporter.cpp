#include "outbox/findings_reporter.hpp"

#include <algorithm>
#include <iterator>

#include "database/server_calls.hpp"
#include "log/log.hpp"

namespace nem12::loader {

namespace {

constexpr std::chrono::seconds kPatience{30};
constexpr std::chrono::seconds kPause{1};
constexpr std::chrono::seconds kLongestWait{1};

} // namespace

FindingsReporter::FindingsReporter(const DatabaseConfig &database, CircuitBreaker &breaker, RightOfWay &right_of_way)
    : database_(database), breaker_(breaker), right_of_way_(right_of_way), thread_([this] { run(); }) {}

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

void FindingsReporter::report(const JudgedFile &file, const Verdict &verdict) {
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
    waiting_.push_back({file.name, file.sha256, verdict});
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
    // The server locks the content of each: in one order, so that two loaders do not wait for each other.
    std::sort(files.begin(), files.end(), [](const Waiting &a, const Waiting &b) { return a.sha256 < b.sha256; });
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
        report_findings(connection, file.name, file.sha256, file.verdict, patience);
    }
    connection.execute("COMMIT", {}, patience);
}

std::chrono::milliseconds FindingsReporter::tell(PgConnection &connection, std::vector<Waiting> &files, BreakerTicket ticket) {
    try {
        store(connection, files);
        at_once_ = std::min(at_once_ * 2, kMostAtOnce);
        files.clear();
        troubled_ = false;
        return std::chrono::milliseconds(0);
    } catch (const DatabaseError &error) {
        connection.close();
        const bool lasting = error.error_class() == ErrorClass::kData || error.error_class() == ErrorClass::kInternal;
        const LogLevel level = lasting ? LogLevel::kError : troubled_ ? LogLevel::kDebug : LogLevel::kWarning;
        log_event(level, "findings_failed", error.what(),
                  {{"file", files.front().name}, {"files", files.size()}, {"sqlstate", error.sqlstate()}});
        troubled_ = !lasting;
        if (error.error_class() == ErrorClass::kInfrastructure) {
            breaker_.failed(ticket, error.what());
        }
        if (!lasting) {
            return kPause;
        }
        if (files.size() == 1) {
            files.clear(); // it will never be taken
        }
        at_once_ = 1; // to find the one that is not taken
        return std::chrono::milliseconds(0);
    } catch (const Cancelled &) {
        return kPause;
    }
}

void FindingsReporter::run() {
    PgConnection connection(database_);
    std::vector<Waiting> files;
    while (take(files, at_once_)) {
        right_of_way_.wait(kLongestWait, [this] { return stop_.load(); });
        std::chrono::milliseconds pause = kPause;
        if (const std::optional<BreakerTicket> ticket = breaker_.allow()) {
            pause = tell(connection, files, *ticket);
        } else {
            connection.close();
        }
        put_back(std::move(files));
        std::unique_lock lock(mutex_);
        busy_ = false;
        changed_.wait_for(lock, pause, [this] { return stop_.load(); });
    }
}

} // namespace nem12::loader

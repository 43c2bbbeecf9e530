#pragma once
// Brings the findings about refused files into nem12_errors, on a thread and a connection of its own: a database that is
// away never holds up the intake, and the reports in rejected/ exist whatever happens here. While the breaker is open it waits
// like everybody else. A flood of refused files is told in a transaction for many, so that its commits do not hold up those of
// the loads.

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "breaker/circuit_breaker.hpp"
#include "config/config.hpp"
#include "database/pg_connection.hpp"
#include "judge/judged_file.hpp"
#include "judge/verdict.hpp"
#include "outbox/right_of_way.hpp"

namespace nem12::loader {

class FindingsReporter {
public:
    FindingsReporter(const DatabaseConfig &database, CircuitBreaker &breaker, RightOfWay &right_of_way);
    ~FindingsReporter(); // what still waits is dropped, and said in the log

    void report(const JudgedFile &file, const Verdict &verdict);
    bool idle() const; // nothing waits or is under way

private:
    struct Waiting {
        std::string name, sha256;
        Verdict verdict;
    };
    void run();
    bool take(std::vector<Waiting> &files, size_t most); // false: stop
    void store(PgConnection &connection, const std::vector<Waiting> &files);
    // Empties `files` when they are told, or never will be. Returns the pause before the next.
    std::chrono::milliseconds tell(PgConnection &connection, std::vector<Waiting> &files, BreakerTicket ticket);
    void put_back(std::vector<Waiting> files);

    static constexpr size_t kMostWaiting = 10'000; // files
    static constexpr size_t kMostAtOnce = 32;      // files in one transaction

    DatabaseConfig database_;
    CircuitBreaker &breaker_;
    RightOfWay &right_of_way_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Waiting> waiting_;
    bool busy_ = false, full_ = false;
    size_t at_once_ = kMostAtOnce; // these two: of the thread
    bool troubled_ = false;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

} // namespace nem12::loader

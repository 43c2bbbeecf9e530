#pragma once
// Brings the findings about refused files into nem12_errors, on a thread and a connection of its own: a database that is
// away never holds up the intake, and the reports in rejected/ exist whatever happens here.

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include "config/config.hpp"
#include "spool/spooled_file.hpp"
#include "validate/verdict.hpp"

namespace nem12::loader {

class FindingsReporter {
public:
    explicit FindingsReporter(const DatabaseConfig &database);
    ~FindingsReporter(); // what still waits is dropped, and said in the log

    void report(const SpooledFile &file, const Verdict &verdict);
    bool idle() const; // nothing waits or is under way

private:
    struct Waiting {
        std::string name, sha256;
        std::vector<ReportedFinding> findings;
    };
    void run();
    bool take_one(Waiting &waiting);

    static constexpr size_t kMostWaiting = 10'000; // files

    DatabaseConfig database_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Waiting> waiting_;
    bool busy_ = false, full_ = false;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

} // namespace nem12::loader

#pragma once
// Tells the outside of every report: notify_command with the report's path as its only argument, and the JSON report by POST
// to notify_webhook. On a thread of its own with a bounded queue: a slow or broken receiver never holds up intake; what does
// not fit, and what goes over the rate, is dropped with a log line (the reports stay in rejected/).

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>

namespace nem12::loader {

struct NotifierOptions {
    std::string command; // empty: none. No shell: a program, found by PATH
    std::string webhook; // empty: none
    size_t max_waiting = 1000;
    int max_per_second = 20;
    std::chrono::seconds time_limit{10}; // of one command or one POST
};

class Notifier {
public:
    explicit Notifier(NotifierOptions options);
    ~Notifier(); // finishes the one in hand

    void notify(const std::filesystem::path &report);
    bool idle() const; // nothing waits, nothing runs

private:
    NotifierOptions options_;
    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<std::filesystem::path> waiting_;
    bool busy_ = false;
    bool full_ = false;
    std::jthread thread_;

    void run(std::stop_token stop);
    void run_command(const std::filesystem::path &report, std::stop_token stop);
    void post(const std::filesystem::path &report);
};

} // namespace nem12::loader

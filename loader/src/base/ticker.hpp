#pragma once
// The one kind of background thread with work of its own: it takes a step, pauses for as long as the step said, and takes the
// next.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace nem12::loader {

class Ticker {
public:
    // Returns the pause before the next step. Must not throw.
    using Step = std::function<std::chrono::milliseconds()>;
    static constexpr std::chrono::milliseconds kUntilWoken = std::chrono::hours(24 * 365);

    // `name` is the thread's, as debuggers and `ps -L` show it: at most 15 characters. `niceness`: above 0, others go first.
    Ticker(std::string name, Step step, int niceness = 0)
        : name_(std::move(name)), step_(std::move(step)), niceness_(niceness) {}
    ~Ticker() { stop(); }
    Ticker(const Ticker &) = delete;
    Ticker &operator=(const Ticker &) = delete;

    void start();
    void wake();        // ends the pause, or cuts the next one: the step after it sees what was done before this call
    void stop();        // the step in hand comes to its end. May be started again
    void ask_to_stop(); // the same without waiting: for a step that has to be woken from something else before stop()
    bool started() const { return thread_.joinable(); }
    // For steps that wait for something: true from the moment that stop() or ask_to_stop() is called.
    const std::atomic<bool> &stopping() const { return stopping_; }

private:
    void run();

    const std::string name_;
    const Step step_;
    const int niceness_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool woken_ = false;
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

} // namespace nem12::loader

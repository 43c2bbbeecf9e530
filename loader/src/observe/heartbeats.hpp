#pragma once
// Who works here, and whether it still moves. A thread stamps its progress; the supervisor looks at the stamps before it
// pings systemd's watchdog. (A ping from an idle timer would hide a hang.)

#include <atomic>
#include <chrono>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

namespace nem12::loader {

class Heartbeat {
public:
    Heartbeat(std::string name, std::chrono::milliseconds allowed) : name_(std::move(name)) { beat(allowed); }
    void beat(std::chrono::milliseconds allowed) { // until the next one
        const auto due = std::chrono::steady_clock::now() + allowed;
        due_ = std::chrono::duration_cast<std::chrono::milliseconds>(due.time_since_epoch()).count();
    }
    void retire() { retired_ = true; } // the thread ended as it should
    bool stalled() const;
    const std::string &name() const { return name_; }

private:
    std::string name_;
    std::atomic<int64_t> due_{0}; // milliseconds of the steady clock
    std::atomic<bool> retired_{false};
};

class Heartbeats {
public:
    // The reference stays valid as long as this object.
    Heartbeat &add(std::string name, std::chrono::milliseconds allowed);
    std::vector<std::string> stalled() const;

private:
    mutable std::mutex mutex_;
    std::deque<Heartbeat> all_;
};

} // namespace nem12::loader

#include "observe/heartbeats.hpp"

namespace nem12::loader {

bool Heartbeat::stalled() const {
    return !retired_ && std::chrono::steady_clock::now().time_since_epoch() > std::chrono::milliseconds(due_);
}

Heartbeat &Heartbeats::add(std::string name, std::chrono::milliseconds allowed) {
    const std::lock_guard lock(mutex_);
    return all_.emplace_back(std::move(name), allowed);
}

std::vector<std::string> Heartbeats::stalled() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> names;
    for (const Heartbeat &heartbeat : all_) {
        if (heartbeat.stalled()) {
            names.push_back(heartbeat.name());
        }
    }
    return names;
}

} // namespace nem12::loader

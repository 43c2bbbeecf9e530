#include "base/ticker.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

namespace nem12::loader {

void Ticker::start() {
    stopping_ = false;
    thread_ = std::thread([this] { run(); });
}

void Ticker::wake() {
    const std::lock_guard lock(mutex_);
    woken_ = true;
    changed_.notify_all();
}

void Ticker::ask_to_stop() {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
}

void Ticker::stop() {
    ask_to_stop();
    if (thread_.joinable())
        thread_.join();
}

void Ticker::run() {
    pthread_setname_np(pthread_self(), name_.substr(0, 15).c_str());
    if (niceness_ > 0)
        setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), niceness_); // of this thread only
    while (!stopping_) {
        const std::chrono::milliseconds pause = step_();
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, pause, [this] { return stopping_ || woken_; });
        woken_ = false;
    }
}

} // namespace nem12::loader

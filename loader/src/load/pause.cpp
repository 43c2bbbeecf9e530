#include "load/pause.hpp"

#include <algorithm>

namespace nem12::loader {

using std::chrono::steady_clock;

bool Pause::begin(std::string_view reason) {
    std::lock_guard lock(mutex_);
    if (reason_.empty())
        wait_ = std::chrono::seconds(1);
    next_ = steady_clock::now() + wait_;
    wait_ = std::min(wait_ * 2, std::chrono::seconds(30));
    bool fresh = reason_ != reason;
    reason_ = reason;
    return fresh;
}

bool Pause::end() {
    std::lock_guard lock(mutex_);
    bool was = !reason_.empty();
    reason_.clear();
    return was;
}

bool Pause::allows() {
    std::lock_guard lock(mutex_);
    if (reason_.empty())
        return true;
    auto now = steady_clock::now();
    if (now < next_)
        return false;
    next_ = now + wait_; // this one caller
    return true;
}

std::string Pause::reason() const {
    std::lock_guard lock(mutex_);
    return reason_;
}

} // namespace nem12::loader

#pragma once
// SIGTERM and SIGINT: let running work finish, then stop; a second one: stop now. SIGHUP: read the configuration again.

#include <chrono>
#include <csignal>

namespace nem12::loader {

enum class Signal { kNone, kStop, kReload };

class Signals {
public:
    // Blocks the signals in this thread and all it starts, so make it before any thread. SIGPIPE is ignored for good.
    Signals();

    // The next signal within `wait`.
    Signal next(std::chrono::milliseconds wait);

private:
    sigset_t handled_{};
};

} // namespace nem12::loader

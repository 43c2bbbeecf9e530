#include "daemon/signals.hpp"

#include <pthread.h>

namespace nem12::loader {

Signals::Signals() {
    std::signal(SIGPIPE, SIG_IGN);
    sigemptyset(&handled_);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
        sigaddset(&handled_, signal);
    }
    pthread_sigmask(SIG_BLOCK, &handled_, nullptr);
}

Signal Signals::next(std::chrono::milliseconds wait) {
    const timespec time{wait.count() / 1000, (wait.count() % 1000) * 1000000};
    switch (sigtimedwait(&handled_, nullptr, &time)) {
    case SIGTERM:
    case SIGINT: return Signal::kStop;
    case SIGHUP: return Signal::kReload;
    default: return Signal::kNone;
    }
}

} // namespace nem12::loader

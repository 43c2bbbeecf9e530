#include "intake/inbox_watch.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "log/log.hpp"

namespace nem12::loader {

InboxWatch::InboxWatch(const std::filesystem::path &inbox)
    : notify_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)), wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (!notify_ || ::inotify_add_watch(notify_.get(), inbox.c_str(), IN_CLOSE_WRITE | IN_MOVED_TO | IN_ONLYDIR) < 0)
        log_event(LogLevel::kWarning, "inbox_not_watched",
                  "no notification for the inbox; it is looked through at intervals only");
}

void InboxWatch::wait(std::chrono::milliseconds at_most) {
    pollfd events[] = {{wake_.get(), POLLIN, 0}, {notify_.get(), POLLIN, 0}};
    if (::poll(events, 2, static_cast<int>(at_most.count())) <= 0)
        return;
    alignas(inotify_event) char buffer[16384];
    for (const pollfd &event : events) {
        while (event.fd >= 0 && ::read(event.fd, buffer, event.fd == wake_.get() ? sizeof(uint64_t) : sizeof buffer) > 0) {}
    }
}

void InboxWatch::wake() {
    uint64_t one = 1;
    [[maybe_unused]] ssize_t written = ::write(wake_.get(), &one, sizeof one);
}

} // namespace nem12::loader

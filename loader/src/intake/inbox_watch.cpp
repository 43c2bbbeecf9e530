#include "intake/inbox_watch.hpp"

#include <algorithm>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "log/log.hpp"

namespace nem12::loader {

namespace {

// A mark without an end comes from truncate(2), which opens nothing. Nobody may keep a file from us for ever.
constexpr std::chrono::hours kLongestPause{6};
constexpr std::chrono::milliseconds kBetweenWrites{50}; // a writer at work does not keep us busy

} // namespace

InboxWatch::InboxWatch(const std::filesystem::path &inbox)
    : notify_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)), wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    constexpr uint32_t kEvents = IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ONLYDIR;
    if (!notify_ || ::inotify_add_watch(notify_.get(), inbox.c_str(), kEvents) < 0)
        log_event(LogLevel::kWarning, "inbox_not_watched",
                  "no notification for the inbox; it is looked through at intervals only");
}

void InboxWatch::wait(std::chrono::milliseconds at_most) {
    for (Clock::time_point now = Clock::now(), end = now + at_most; now < end; now = Clock::now()) {
        auto left = std::chrono::ceil<std::chrono::milliseconds>(end - now);
        pollfd events[] = {{wake_.get(), POLLIN, 0}, {notify_.get(), POLLIN, 0}};
        if (::poll(events, 2, static_cast<int>(left.count())) <= 0)
            return;
        uint64_t count = 0;
        bool woken = ::read(wake_.get(), &count, sizeof count) > 0;
        if (take_note() || woken)
            return;
        pollfd wake_only{wake_.get(), POLLIN, 0};
        ::poll(&wake_only, 1, static_cast<int>(std::min(left, kBetweenWrites).count()));
    }
}

void InboxWatch::wake() {
    uint64_t one = 1;
    [[maybe_unused]] ssize_t written = ::write(wake_.get(), &one, sizeof one);
}

void InboxWatch::look() { take_note(); }

bool InboxWatch::take_note() {
    bool news = false;
    alignas(inotify_event) char buffer[16384];
    ssize_t got = 0;
    while (notify_ && (got = ::read(notify_.get(), buffer, sizeof buffer)) > 0) {
        for (const char *at = buffer; at < buffer + got;) {
            const auto &event = *reinterpret_cast<const inotify_event *>(at);
            at += sizeof event + event.len;
            std::string name = event.len > 0 ? event.name : "";
            if ((event.mask & IN_Q_OVERFLOW) != 0) {
                writing_.clear();
                news = true;
            }
            auto marked = writing_.find(name);
            if ((event.mask & IN_MODIFY) != 0) {
                writing_[name] = Clock::now();
            } else if ((event.mask & IN_MOVED_TO) != 0) {
                writing_.erase(name); // what had the name is gone
                if (auto renamed = renamed_.find(event.cookie); renamed != renamed_.end())
                    writing_[name] = renamed->second;
            } else if (marked != writing_.end()) {
                if ((event.mask & IN_MOVED_FROM) != 0)
                    renamed_[event.cookie] = marked->second;
                writing_.erase(marked);
            }
            news |= (event.mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) != 0;
        }
    }
    renamed_.clear(); // both halves of a rename come together
    std::erase_if(writing_, [now = Clock::now()](const auto &item) { return now - item.second > kLongestPause; });
    return news;
}

bool InboxWatch::being_written(const std::string &name) const { return writing_.contains(name); }

} // namespace nem12::loader

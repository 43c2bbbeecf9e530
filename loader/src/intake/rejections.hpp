#pragma once
// Refused files on their way from the inbox to rejected/, in the background: intake only finds out that a file is bad and goes
// on to the next, so that a flood of bad files neither holds up the good ones behind them nor takes the machine from those
// being loaded. Until its reports are durable a refused file stays in the inbox, locked for us: a crash loses nothing, it is
// only judged again.

#include <atomic>
#include <chrono>
#include <deque>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/temp_file.hpp"
#include "base/ticker.hpp"
#include "config/config.hpp"
#include "intake/inbox.hpp"
#include "log/seldom_log.hpp"
#include "observe/metrics.hpp"
#include "outbox/outbox.hpp"
#include "outbox/right_of_way.hpp"
#include "spool/spool.hpp"

namespace nem12::loader {

// A refused inbox entry.
struct Refused {
    InboxEntry entry;
    UniqueFd fd; // locked
    JudgedFile file;
    Verdict verdict;
    TempFile temp; // a private copy of the bytes; empty: there is none
};

struct RejectionHooks {
    std::function<void()> on_room; // nothing waits any more, or there is room again
    // A file was set aside that its writer may still have open.
    std::function<void(UniqueFd, const InboxEntry &)> on_taken = nullptr;
};

class Rejections {
public:
    Rejections(const IngestConfig &config, Inbox &inbox, Spool &spool, Outbox &outbox, Metrics *metrics,
               RightOfWay &right_of_way, RejectionHooks hooks);

    void start() { thread_.start(); } // works on a thread of its own from now on, when loading leaves it the way
    void stop() { thread_.stop(); }   // the files in work come to their end; what still waits stays in the inbox
    bool started() const { return thread_.started(); }

    void add(Refused refused);                 // does not throw for what goes wrong with the file: then it stays in the inbox
    void work_off();                           // without a thread: all that waits, but for what cannot be set aside now
    bool full();                               // no more for now
    bool idle() const;                         // nothing waits
    bool holds(const std::string &name) const; // an inbox entry's name
    size_t held() const;

    // Who must hear of a refused file, written down before it is set aside and told after it.
    struct News {
        Outbox::Draft queue, errors, notify;
    };
    News draft(const JudgedFile &file, const Verdict &verdict);
    void tell(News news, const JudgedFile &file, const Verdict &verdict); // and the log, and the metrics

private:
    const IngestConfig &config_;
    Inbox &inbox_;
    Spool &spool_;
    Outbox &outbox_;
    Metrics *metrics_;
    RightOfWay &right_of_way_;
    RejectionHooks hooks_;

    mutable std::mutex mutex_;
    std::deque<Refused> waiting_;
    std::set<std::string> held_; // names of those waiting and in work
    size_t findings_ = 0;        // of those waiting
    bool was_full_ = false;      // until half of it is worked off

    SeldomLog troubles_;
    std::chrono::seconds pause_{0};                // of the thread, while none can be set aside
    std::chrono::steady_clock::time_point next_{}; // its end
    Ticker thread_;

    std::chrono::milliseconds step();
    // `go_on` is asked after each file. Returns how many could not be set aside now: a full disk. They wait, behind the others.
    size_t reject_some(const std::function<bool()> &go_on);
    std::vector<Refused> take_some();
    void put_back(std::vector<Refused> &files, size_t from);
    void try_again(std::vector<Refused> files);
    void release(const std::vector<std::string> &names);
    struct Announced {
        Refused refused;
        std::filesystem::path place; // in rejected/, when its bytes still have to go there; empty when they are there
        News news;
    };
    std::optional<Announced> announce(Refused &refused);
    bool finish(Announced &announced);
};

} // namespace nem12::loader

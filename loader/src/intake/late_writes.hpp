#pragma once
// Files that were taken while their writer may still have had them open (those of other users), looked at for a while longer.
// What is written to one of them lands in the file that we have, wherever it is by then; when that happens all of it goes back
// to the inbox, as a new delivery. Best effort over a bounded number of files: what it does not see is in archive/ or rejected/
// still, and is not taken in by itself.

#include <atomic>
#include <chrono>
#include <deque>
#include <mutex>
#include <string>

#include "base/files.hpp"
#include "config/config.hpp"
#include "intake/inbox.hpp"

namespace nem12::loader {

class LateWrites {
public:
    explicit LateWrites(const IngestConfig &config) : config_(config) {}

    void watch(UniqueFd fd, const InboxEntry &entry); // from any thread
    void look();                                      // each look at the inbox
    bool idle() const { return open_ == 0; }          // nothing that was written to waits to be taken back

private:
    using Clock = std::chrono::steady_clock;
    struct Watched {
        UniqueFd fd;
        std::string name;
        int64_t size, modified_ns;
        Clock::time_point since; // of this state
        bool written = false;
    };

    const IngestConfig &config_;
    std::mutex mutex_;
    std::deque<Watched> files_;
    std::atomic<size_t> open_{0};

    bool goes_on(Watched &file, Clock::time_point now);
    bool take_back(Watched &file); // false: there is nothing more to look at
    void copy_back(const Watched &file);
};

std::chrono::seconds grace_of(const IngestConfig &config, bool may_have_writer); // incomplete_grace, or what stands for it

} // namespace nem12::loader

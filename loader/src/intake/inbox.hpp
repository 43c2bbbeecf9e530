#pragma once
// The drop box: which files have come to rest, and opening them so that nothing but the regular file that was looked at is
// read.
//
// Nothing here is read or removed that its writer is known to have open. That is certain for files of our own user (a read
// lease); for those of others intake adds what the kernel tells of writes (intake/inbox_watch.hpp) and waits
// (incomplete_grace).
//
// Writers should write under a hidden name or *.tmp, *.part, *.filepart, *.crdownload and rename; who cannot is covered by the
// test that size and times stand still for `quiet`. Several daemons may watch one inbox: the lock on an open file (flock) says
// who has it in hand, and dies with its daemon.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <sys/stat.h>

#include "base/files.hpp"
#include "config/config.hpp"

namespace nem12::loader {

// Tells one state of one file from every other.
struct FileState {
    uint64_t device = 0, inode = 0;
    int64_t size = 0, modified_ns = 0, changed_ns = 0;
    bool operator==(const FileState &) const = default;
};

struct InboxEntry {
    std::string name;
    FileState state;
};

class Inbox {
public:
    using Clock = std::chrono::steady_clock;

    explicit Inbox(const IngestConfig &config); // makes the folder when it is missing

    // Looks through the folder; those at rest, longest unchanged first. Links, FIFOs, hard links... are left alone and logged
    // once.
    std::vector<InboxEntry> settled(Clock::time_point now = Clock::now());
    size_t seen() const { return seen_; } // regular files in the last look that can be read, at rest or not
    void hold(const InboxEntry &entry, Clock::time_point until); // not offered before then, unless it changes
    void hold_after_failure(const InboxEntry &entry);            // 2 s, and twice as long each time it fails again
    // True when it has stood still for `time`; else it is held until then.
    bool rested(const InboxEntry &entry, std::chrono::seconds time);

    // Locked for us, and still the file that was looked at; else an empty descriptor.
    UniqueFd open(const InboxEntry &entry);
    bool unchanged(int fd, const InboxEntry &entry) const;
    // Only while the name still stands for that file and nobody is known to write to it; false: it is still there.
    bool remove(const InboxEntry &entry, int fd);

    // Nobody can say whether its writer still has it open: no read lease for a file of another user (but for root), nor on
    // network file systems.
    static bool may_have_writer(int fd);
    // Can the entry become ours by a rename instead of a copy? On the disk of the spool, and nobody is known to write to it.
    // Whoever knew its name cannot reach it afterwards; what somebody who has it open still writes lands in our file.
    bool movable(int fd) const;
    // The open entry to `to`. False, and the entry is left to a later look, when `to` exists, when it changed or when somebody
    // asked to write to it meanwhile. Like remove, from any thread.
    bool move(const InboxEntry &entry, int fd, const std::filesystem::path &to);

    const std::filesystem::path &path() const { return path_; }

private:
    struct Watched {
        FileState state;
        Clock::time_point since, held_until;
        bool present;
        int failures = 0;
    };

    std::filesystem::path path_;
    std::chrono::milliseconds quiet_;
    UniqueFd folder_;
    std::atomic<uint64_t> spool_device_ = 0; // 0: entries are always copied
    std::map<std::string, Watched> watched_;
    std::set<std::string> refused_;               // said once, while they are there
    std::map<std::string, FileState> unreadable_; // of these, the files; tried again, but not counted as waiting
    size_t seen_ = 0;

    void refuse(const std::string &name, const char *why);
    const char *why_not_ours(const struct stat &status) const;
};

bool is_taken_name(std::string_view name); // not hidden, not one of the endings of half-written files

} // namespace nem12::loader

#include "intake/inbox.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "intake/lease.hpp"
#include "log/log.hpp"

namespace nem12::loader {

namespace {

int64_t nanoseconds(const timespec &time) { return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

FileState state_of(const struct stat &status) {
    return {status.st_dev, status.st_ino, status.st_size, nanoseconds(status.st_mtim), nanoseconds(status.st_ctim)};
}

const char *why_not(const struct stat &status) {
    if (!S_ISREG(status.st_mode))
        return S_ISLNK(status.st_mode) ? "a symbolic link" : S_ISDIR(status.st_mode) ? "a folder" : "not a regular file";
    return status.st_nlink == 1 ? nullptr : "a file with a second hard link";
}

// Never blocks on a FIFO, never leaves the folder, never follows a link, whatever was swapped in since the look.
int open_beneath(int folder, const std::string &name) {
    open_how how{};
    how.flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    long fd = ::syscall(SYS_openat2, folder, name.c_str(), &how, sizeof how);
    if (fd < 0 && (errno == ENOSYS || errno == EPERM)) // an old kernel, or a sandbox that does not know the call
        fd = ::openat(folder, name.c_str(), static_cast<int>(how.flags));
    return static_cast<int>(fd);
}

} // namespace

bool is_taken_name(std::string_view name) {
    if (name.empty() || name.front() == '.')
        return false;
    std::string lower(name);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return !lower.ends_with(".tmp") && !lower.ends_with(".part") && !lower.ends_with(".filepart") &&
           !lower.ends_with(".crdownload");
}

Inbox::Inbox(const IngestConfig &config) : path_(config.inbox), quiet_(config.quiet) {
    make_folder(path_);
    folder_ = UniqueFd(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder_)
        throw_file_error("cannot open", path_);
    struct stat spool {};
    if (::stat(config.spool.c_str(), &spool) == 0)
        spool_device_ = spool.st_dev;
}

// Whoever may read a file but not take it away would be asked to take it again and again.
const char *Inbox::why_not_ours(const struct stat &status) const {
    struct stat folder {};
    if (::fstat(folder_.get(), &folder) != 0 || ::geteuid() == 0)
        return nullptr;
    if (::faccessat(folder_.get(), ".", W_OK | X_OK, AT_EACCESS) != 0)
        return "the loader may not remove files from the inbox";
    bool sticky = (folder.st_mode & S_ISVTX) != 0 && folder.st_uid != ::geteuid() && status.st_uid != ::geteuid();
    return sticky ? "the inbox is sticky (+t), so that the loader may not remove another user's file" : nullptr;
}

void Inbox::refuse(const std::string &name, const char *why) {
    if (refused_.insert(name).second)
        log_event(LogLevel::kWarning, "inbox_entry_refused", "not taken in and left where it is",
                  {{"file", name}, {"why", why}});
}

std::vector<InboxEntry> Inbox::settled(Clock::time_point now) {
    std::unique_ptr<DIR, int (*)(DIR *)> folder(::fdopendir(::dup(folder_.get())), ::closedir);
    if (!folder)
        throw_file_error("cannot read", path_);
    ::rewinddir(folder.get());
    for (auto &[name, watched] : watched_)
        watched.present = false;
    std::set<std::string> refused_now;
    std::vector<InboxEntry> entries;
    seen_ = 0;
    timespec wall{};
    ::clock_gettime(CLOCK_REALTIME, &wall);
    while (const dirent *entry = ::readdir(folder.get())) {
        std::string name = entry->d_name;
        struct stat status {};
        if (!is_taken_name(name) || ::fstatat(folder_.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        if (const char *why = why_not(status)) {
            refuse(name, why);
            refused_now.insert(name);
            continue;
        }
        FileState state = state_of(status);
        auto unreadable = unreadable_.find(name);
        if (unreadable != unreadable_.end() && unreadable->second != state)
            unreadable = (unreadable_.erase(unreadable), unreadable_.end());
        if (unreadable == unreadable_.end())
            ++seen_;
        auto [found, is_new] = watched_.try_emplace(name, Watched{state, now, now, true, 0});
        Watched &watched = found->second;
        if (!is_new && watched.state != state)
            watched = {state, now, now, true, 0};
        watched.present = true;
        // The kernel's change time cannot be set by the writer: older than `quiet` means it has stood still that long already.
        bool rested = nanoseconds(wall) - state.changed_ns >= std::chrono::nanoseconds(quiet_).count();
        if ((rested || now - watched.since >= quiet_) && now >= watched.held_until)
            entries.push_back({name, state});
    }
    std::erase_if(watched_, [](const auto &item) { return !item.second.present; });
    std::erase_if(unreadable_, [&](const auto &item) { return !watched_.contains(item.first); });
    std::erase_if(refused_, [&](const std::string &name) { return !refused_now.contains(name) && !watched_.contains(name); });
    std::sort(entries.begin(), entries.end(), [](const InboxEntry &a, const InboxEntry &b) {
        return std::tie(a.state.changed_ns, a.name) < std::tie(b.state.changed_ns, b.name);
    });
    return entries;
}

void Inbox::hold(const InboxEntry &entry, Clock::time_point until) {
    auto found = watched_.find(entry.name);
    if (found != watched_.end())
        found->second.held_until = until;
}

void Inbox::hold_after_failure(const InboxEntry &entry) {
    constexpr int kDoublings = 5; // to about a minute
    auto found = watched_.find(entry.name);
    if (found == watched_.end())
        return;
    int &failures = found->second.failures;
    found->second.held_until = Clock::now() + std::chrono::seconds(2) * (1 << failures);
    failures = std::min(failures + 1, kDoublings);
}

bool Inbox::rested(const InboxEntry &entry, std::chrono::seconds time) {
    timespec wall{};
    ::clock_gettime(CLOCK_REALTIME, &wall);
    auto age = std::chrono::nanoseconds(nanoseconds(wall) - entry.state.changed_ns); // by a clock that may be another host's
    auto found = watched_.find(entry.name);
    Clock::time_point now = Clock::now();
    Clock::duration watched = found == watched_.end() ? Clock::duration(0) : now - found->second.since;
    Clock::duration stood = std::max<Clock::duration>(watched, age);
    if (stood >= time)
        return true;
    hold(entry, now + (time - stood));
    return false;
}

UniqueFd Inbox::open(const InboxEntry &entry) {
    UniqueFd fd(open_beneath(folder_.get(), entry.name));
    if (!fd) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
            throw_file_error("cannot open", path_ / entry.name); // nothing is wrong with the file
        if (errno != ENOENT) {
            refuse(entry.name, std::strerror(errno));
            unreadable_.insert_or_assign(entry.name, entry.state);
        }
        return {};
    }
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0 || why_not(status) != nullptr)
        return {};
    if (const char *why = why_not_ours(status)) {
        refuse(entry.name, why);
        unreadable_.insert_or_assign(entry.name, entry.state);
        return {};
    }
    if (unreadable_.erase(entry.name) > 0)
        ++seen_;
    // EWOULDBLOCK: another daemon has it in hand. Other errors: a file system without locks; identity by content still holds.
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return {};
    if (ReadLease(fd.get()).writer() || !unchanged(fd.get(), entry))
        return {};
    return fd;
}

bool Inbox::unchanged(int fd, const InboxEntry &entry) const {
    struct stat opened {
    }, named{};
    return ::fstat(fd, &opened) == 0 && ::fstatat(folder_.get(), entry.name.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           why_not(opened) == nullptr && state_of(opened) == entry.state && state_of(named) == entry.state;
}

bool Inbox::remove(const InboxEntry &entry, int fd) {
    ReadLease lease(fd);
    struct stat status {};
    if (::fstatat(folder_.get(), entry.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
        return true;
    if (lease.writer() || (lease.given() && !lease.unbroken()) || state_of(status) != entry.state)
        return false; // written to or replaced meanwhile: another delivery, which waits its turn
    // Not synced: an entry that comes back after a power cut is taken in as a duplicate.
    if (::unlinkat(folder_.get(), entry.name.c_str(), 0) != 0 && errno != ENOENT)
        throw_file_error("cannot remove", path_ / entry.name);
    return true;
}

bool Inbox::may_have_writer(int fd) {
    ReadLease lease(fd);
    return !lease.given();
}

bool Inbox::movable(int fd) const {
    struct stat status {};
    return spool_device_ != 0 && ::fstat(fd, &status) == 0 && status.st_dev == spool_device_ && !ReadLease(fd).writer();
}

bool Inbox::move(const InboxEntry &entry, int fd, const std::filesystem::path &to) {
    ReadLease lease(fd);
    std::filesystem::path from = path_ / entry.name;
    if (lease.writer() || !unchanged(fd, entry))
        return false;
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) != 0) {
        if (errno != EEXIST && errno != ENOENT) { // one disk but two mounts of it, or a disk that cannot do this
            log_event(LogLevel::kInfo, "inbox_is_copied", "inbox entries cannot be moved into the spool",
                      {{"error", std::strerror(errno)}});
            spool_device_ = 0;
        }
        return false;
    }
    struct stat moved {};
    FileState now = ::lstat(to.c_str(), &moved) == 0 ? state_of(moved) : FileState{};
    bool same = now.device == entry.state.device && now.inode == entry.state.inode && now.size == entry.state.size &&
                now.modified_ns == entry.state.modified_ns; // the rename itself changed its change time
    if (same && (!lease.given() || lease.unbroken())) {
        if (moved.st_uid == ::geteuid())
            ::fchmod(fd, 0640); // as our copies are
        return true;
    }
    // Another file had taken the name in the last instant, or somebody wants to write: back to where it was.
    for (int n = 0; !rename_no_replace(to, n == 0 ? from : path_ / (std::to_string(n) + "~" + entry.name)); ++n) {}
    return false;
}

} // namespace nem12::loader

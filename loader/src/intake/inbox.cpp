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
        ++seen_;
        FileState state = state_of(status);
        auto [found, is_new] = watched_.try_emplace(name, Watched{state, now, now, true});
        Watched &watched = found->second;
        if (!is_new && watched.state != state)
            watched = {state, now, now, true};
        watched.present = true;
        // The kernel's change time cannot be set by the writer: older than `quiet` means it has stood still that long already.
        bool rested = nanoseconds(wall) - state.changed_ns >= std::chrono::nanoseconds(quiet_).count();
        if ((rested || now - watched.since >= quiet_) && now >= watched.held_until)
            entries.push_back({name, state});
    }
    std::erase_if(watched_, [](const auto &item) { return !item.second.present; });
    std::erase_if(refused_, [&](const std::string &name) { return !refused_now.contains(name); });
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

UniqueFd Inbox::open(const InboxEntry &entry) {
    UniqueFd fd(open_beneath(folder_.get(), entry.name));
    if (!fd) {
        if (errno != ENOENT)
            refuse(entry.name, std::strerror(errno));
        return {};
    }
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0 || why_not(status) != nullptr)
        return {};
    // EWOULDBLOCK: another daemon has it in hand. Other errors: a file system without locks; identity by content still holds.
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return {};
    // Catches the slow writer; where there are no leases, `quiet` and the 900 record have to do.
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

void Inbox::remove(const InboxEntry &entry) {
    struct stat status {};
    if (::fstatat(folder_.get(), entry.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 || state_of(status) != entry.state)
        return; // replaced meanwhile: another file, which waits its turn
    // Not synced: an entry that comes back after a power cut is taken in as a duplicate.
    if (::unlinkat(folder_.get(), entry.name.c_str(), 0) != 0 && errno != ENOENT)
        throw_file_error("cannot remove", path_ / entry.name);
}

bool Inbox::movable(int fd) const {
    struct stat status {};
    return spool_device_ != 0 && ::fstat(fd, &status) == 0 && status.st_dev == spool_device_ && status.st_uid == ::geteuid() &&
           ReadLease(fd).given();
}

bool Inbox::move(const InboxEntry &entry, int fd, const std::filesystem::path &to) {
    ReadLease lease(fd);
    std::filesystem::path from = path_ / entry.name;
    if (!lease.given() || !unchanged(fd, entry))
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
    bool same = ::lstat(to.c_str(), &moved) == 0 && moved.st_dev == entry.state.device && moved.st_ino == entry.state.inode;
    if (same && lease.unbroken()) {
        ::fchmod(fd, 0640); // as our copies are
        return true;
    }
    // Another file had taken the name in the last instant, or somebody wants to write: back to where it was.
    for (int n = 0; !rename_no_replace(to, n == 0 ? from : path_ / (std::to_string(n) + "~" + entry.name)); ++n) {}
    return false;
}

} // namespace nem12::loader

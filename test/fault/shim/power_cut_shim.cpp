// Preloaded into a loader under test (LD_PRELOAD). Two services, each asked for by the environment:
//
// Power cut. NEM12_POWER_JOURNAL names a file that gets every change the process makes below NEM12_POWER_TREE, in order: files
// made, written, cut, renamed, linked, removed, folders made, and what was flushed to the disk. test/fault/power.py makes the
// tree from it that a power cut would have left. NEM12_POWER_CUT_AT=n: the process kills itself in place of its n-th change.
// One lock holds over a change and its line in the journal, so the journal's order is the true one.
//
// Clock. NEM12_CLOCK_OFFSET names a file with a number of seconds that the wall clock is off; read ten times a second. Steady
// clocks are not touched: no machine jumps with these.

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <mutex>
#include <string>

namespace {

template <class Function>
Function *real(const char *name) {
    return reinterpret_cast<Function *>(dlsym(RTLD_NEXT, name));
}

// Our own output must not come back to us.
void write_raw(int fd, const char *bytes, size_t size) {
    while (size > 0) {
        long written = syscall(SYS_write, fd, bytes, size);
        if (written <= 0)
            return;
        bytes += written;
        size -= static_cast<size_t>(written);
    }
}

class Journal {
public:
    static Journal &the() {
        static Journal journal;
        return journal;
    }

    bool on() const { return fd_ >= 0; }
    bool covers(const std::string &path) const {
        return path.compare(0, tree_.size(), tree_) == 0 && (path.size() == tree_.size() || path[tree_.size()] == '/');
    }
    std::recursive_mutex &lock() { return lock_; }

    // Before a change below the tree: the place of the power cut.
    void change() {
        if (cut_at_ > 0 && ++changes_ == cut_at_) {
            kill(getpid(), SIGKILL);
            for (;;)
                pause();
        }
    }

    void line(const std::string &text) { write_raw(fd_, (text + "\n").c_str(), text.size() + 1); }
    void bytes(const void *data, size_t size) {
        write_raw(fd_, static_cast<const char *>(data), size);
        write_raw(fd_, "\n", 1);
    }

private:
    Journal() {
        const char *path = getenv("NEM12_POWER_JOURNAL"), *tree = getenv("NEM12_POWER_TREE"),
                   *at = getenv("NEM12_POWER_CUT_AT");
        if (path == nullptr || tree == nullptr)
            return;
        tree_ = tree;
        cut_at_ = at == nullptr ? 0 : atol(at);
        fd_ = static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    }

    int fd_ = -1;
    std::string tree_;
    long cut_at_ = 0, changes_ = 0;
    std::recursive_mutex lock_;
};

std::string link_of(const std::string &link) {
    char target[PATH_MAX];
    ssize_t size = readlink(link.c_str(), target, sizeof target);
    return size < 0 ? std::string() : std::string(target, static_cast<size_t>(size));
}

std::string path_of(int fd) { return link_of("/proc/self/fd/" + std::to_string(fd)); }

// Absolute, with the folder's links resolved; the last name stays as it is.
std::string path_at(int folder, const char *name) {
    std::string path = name;
    if (path.empty() || path[0] != '/')
        path = (folder == AT_FDCWD ? link_of("/proc/self/cwd") : path_of(folder)) + "/" + path;
    size_t slash = path.rfind('/');
    char resolved[PATH_MAX];
    if (slash > 0 && realpath(path.substr(0, slash).c_str(), resolved) != nullptr)
        path = resolved + path.substr(slash);
    return path;
}

std::string inode_of(int fd) {
    struct stat status {};
    fstat(fd, &status);
    return std::to_string(status.st_ino);
}

// Files opened for writing below the tree.
std::atomic<bool> is_ours[65536];

bool ours(int fd) { return fd >= 0 && fd < 65536 && is_ours[fd]; }

// A change of names: `change` is run between the two looks of the journal, which gets `line` when it succeeded.
template <class Change>
int rename_like(bool covered, const std::string &line, const Change &change) {
    Journal &journal = Journal::the();
    if (!journal.on() || !covered)
        return change();
    std::lock_guard hold(journal.lock());
    journal.change();
    int result = change();
    if (result == 0) {
        int error = errno;
        journal.line(line);
        errno = error;
    }
    return result;
}

template <class Open>
int open_like(int folder, const char *name, int flags, const Open &open) {
    Journal &journal = Journal::the();
    if (!journal.on() || (flags & (O_WRONLY | O_RDWR)) == 0)
        return open();
    std::string path = path_at(folder, name);
    if (!journal.covers(path))
        return open();
    std::lock_guard hold(journal.lock());
    bool was_there = access(path.c_str(), F_OK) == 0;
    if (!was_there || (flags & O_TRUNC) != 0)
        journal.change();
    int fd = open();
    if (fd < 0)
        return fd;
    int error = errno;
    if (fd < 65536)
        is_ours[fd] = true;
    if (!was_there)
        journal.line("create\t" + inode_of(fd) + "\t" + path);
    else if ((flags & O_TRUNC) != 0)
        journal.line("cut\t" + inode_of(fd) + "\t0");
    errno = error;
    return fd;
}

void wrote(int fd, off_t offset, const void *bytes, ssize_t size) {
    Journal &journal = Journal::the();
    int error = errno;
    journal.line("write\t" + inode_of(fd) + "\t" + std::to_string(offset) + "\t" + std::to_string(size));
    journal.bytes(bytes, static_cast<size_t>(size));
    errno = error;
}

template <class Sync>
int sync_like(int fd, const Sync &sync) {
    Journal &journal = Journal::the();
    if (!journal.on())
        return sync();
    std::lock_guard hold(journal.lock());
    struct stat status {};
    std::string path = path_of(fd);
    if (!journal.covers(path) || fstat(fd, &status) != 0)
        return sync();
    journal.change();
    int result = sync();
    if (result == 0 && S_ISDIR(status.st_mode))
        journal.line("sync_folder\t" + path);
    else if (result == 0)
        journal.line("sync\t" + std::to_string(status.st_ino));
    return result;
}

class WallClock {
public:
    static time_t offset() {
        static WallClock clock;
        return clock.look();
    }

private:
    time_t look() {
        if (path_ == nullptr)
            return 0;
        timespec now{};
        syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
        long tenth = now.tv_sec * 10 + now.tv_nsec / 100000000;
        if (tenth != looked_.exchange(tenth)) {
            int fd = static_cast<int>(syscall(SYS_openat, AT_FDCWD, path_, O_RDONLY | O_CLOEXEC));
            char text[32] = "";
            if (fd >= 0 && syscall(SYS_read, fd, text, sizeof text - 1) > 0)
                offset_ = atol(text);
            syscall(SYS_close, fd);
        }
        return offset_;
    }

    const char *path_ = getenv("NEM12_CLOCK_OFFSET");
    std::atomic<long> looked_{0};
    std::atomic<time_t> offset_{0};
};

mode_t mode_in(int flags, va_list arguments) {
    return (flags & (O_CREAT | O_TMPFILE)) != 0 ? static_cast<mode_t>(va_arg(arguments, unsigned)) : 0;
}

} // namespace

extern "C" {

int open(const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = mode_in(flags, arguments);
    va_end(arguments);
    return open_like(AT_FDCWD, path, flags, [&] { return static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags, mode)); });
}

int open64(const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = mode_in(flags, arguments);
    va_end(arguments);
    return open(path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = mode_in(flags, arguments);
    va_end(arguments);
    return open_like(folder, path, flags, [&] { return static_cast<int>(syscall(SYS_openat, folder, path, flags, mode)); });
}

int openat64(int folder, const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = mode_in(flags, arguments);
    va_end(arguments);
    return openat(folder, path, flags, mode);
}

int close(int fd) {
    if (fd >= 0 && fd < 65536)
        is_ours[fd] = false;
    return static_cast<int>(syscall(SYS_close, fd));
}

ssize_t write(int fd, const void *bytes, size_t size) {
    if (!ours(fd))
        return syscall(SYS_write, fd, bytes, size);
    std::lock_guard hold(Journal::the().lock());
    Journal::the().change();
    ssize_t written = syscall(SYS_write, fd, bytes, size);
    if (written > 0)
        wrote(fd, lseek(fd, 0, SEEK_CUR) - written, bytes, written);
    return written;
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset) {
    if (!ours(fd))
        return syscall(SYS_pwrite64, fd, bytes, size, offset);
    std::lock_guard hold(Journal::the().lock());
    Journal::the().change();
    ssize_t written = syscall(SYS_pwrite64, fd, bytes, size, offset);
    if (written > 0)
        wrote(fd, offset, bytes, written);
    return written;
}

ssize_t copy_file_range(int in, off64_t *in_offset, int out, off64_t *out_offset, size_t size, unsigned flags) {
    auto call = [&] { return syscall(SYS_copy_file_range, in, in_offset, out, out_offset, size, flags); };
    if (!ours(out))
        return call();
    std::lock_guard hold(Journal::the().lock());
    Journal::the().change();
    off_t start = out_offset != nullptr ? *out_offset : lseek(out, 0, SEEK_CUR);
    ssize_t copied = call();
    if (copied > 0) {
        std::string bytes(static_cast<size_t>(copied), '\0');
        if (syscall(SYS_pread64, out, bytes.data(), bytes.size(), start) == copied)
            wrote(out, start, bytes.data(), copied);
    }
    return copied;
}

int ftruncate(int fd, off_t size) {
    if (!ours(fd))
        return static_cast<int>(syscall(SYS_ftruncate, fd, size));
    std::lock_guard hold(Journal::the().lock());
    Journal::the().change();
    int result = static_cast<int>(syscall(SYS_ftruncate, fd, size));
    if (result == 0)
        Journal::the().line("cut\t" + inode_of(fd) + "\t" + std::to_string(size));
    return result;
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags) {
    std::string source = path_at(from_folder, from), target = path_at(to_folder, to);
    return rename_like(Journal::the().covers(source) && Journal::the().covers(target), "rename\t" + source + "\t" + target,
                       [&] { return static_cast<int>(syscall(SYS_renameat2, from_folder, from, to_folder, to, flags)); });
}

int rename(const char *from, const char *to) { return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0); }

int renameat(int from_folder, const char *from, int to_folder, const char *to) {
    return renameat2(from_folder, from, to_folder, to, 0);
}

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags) {
    std::string source = path_at(from_folder, from), target = path_at(to_folder, to);
    return rename_like(Journal::the().covers(source) && Journal::the().covers(target), "link\t" + source + "\t" + target,
                       [&] { return static_cast<int>(syscall(SYS_linkat, from_folder, from, to_folder, to, flags)); });
}

int link(const char *from, const char *to) { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }

int unlinkat(int folder, const char *name, int flags) {
    std::string path = path_at(folder, name);
    return rename_like(Journal::the().covers(path), ((flags & AT_REMOVEDIR) != 0 ? "remove_folder\t" : "remove\t") + path,
                       [&] { return static_cast<int>(syscall(SYS_unlinkat, folder, name, flags)); });
}

int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }

int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }

int remove(const char *path) {
    int result = unlink(path);
    return result != 0 && (errno == EISDIR || errno == EPERM) ? rmdir(path) : result;
}

int mkdirat(int folder, const char *name, mode_t mode) {
    std::string path = path_at(folder, name);
    return rename_like(Journal::the().covers(path), "folder\t" + path,
                       [&] { return static_cast<int>(syscall(SYS_mkdirat, folder, name, mode)); });
}

int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }

int fsync(int fd) {
    return sync_like(fd, [&] { return static_cast<int>(syscall(SYS_fsync, fd)); });
}

int fdatasync(int fd) {
    return sync_like(fd, [&] { return static_cast<int>(syscall(SYS_fdatasync, fd)); });
}

int syncfs(int fd) {
    Journal &journal = Journal::the();
    if (!journal.on())
        return static_cast<int>(syscall(SYS_syncfs, fd));
    std::lock_guard hold(journal.lock());
    journal.change();
    journal.line("sync_all"); // not done for true: this machine's disk is shared with other tests
    return 0;
}

int clock_gettime(clockid_t clock, timespec *time) noexcept {
    int result = static_cast<int>(syscall(SYS_clock_gettime, clock, time));
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        time->tv_sec += WallClock::offset();
    return result;
}

int gettimeofday(timeval *time, void *) noexcept {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    *time = {now.tv_sec, now.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *out) noexcept {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    if (out != nullptr)
        *out = now.tv_sec;
    return now.tv_sec;
}
}

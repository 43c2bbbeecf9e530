#include "intake/late_writes.hpp"

#include <algorithm>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/temp_file.hpp"
#include "log/log.hpp"
#include "spool/placing.hpp"
#include "spool/spool.hpp"

namespace nem12::loader {

namespace fs = std::filesystem;

namespace {

constexpr size_t kMostFiles = 256; // a descriptor each
constexpr std::chrono::hours kLongest{1};
constexpr std::chrono::seconds kGrace{60};

int64_t modified_ns(const struct stat &status) {
    return int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
}

fs::path place_of(int fd) { // where its name was moved to; none when it has no name any more
    std::error_code error;
    return fs::read_symlink("/proc/self/fd/" + std::to_string(fd), error);
}

bool is_beneath(const fs::path &path, const fs::path &folder) {
    std::error_code error;
    fs::path root = fs::canonical(folder, error);
    return !error && std::mismatch(root.begin(), root.end(), path.begin(), path.end()).first == root.end();
}

} // namespace

std::chrono::seconds grace_of(const IngestConfig &config, bool may_have_writer) {
    if (config.incomplete_grace >= std::chrono::seconds(0))
        return config.incomplete_grace;
    return may_have_writer ? kGrace : std::chrono::seconds(0);
}

void LateWrites::watch(UniqueFd fd, const InboxEntry &entry) {
    ::flock(fd.get(), LOCK_UN); // whoever takes it next
    std::lock_guard lock(mutex_);
    if (files_.size() >= kMostFiles)
        files_.pop_front();
    files_.push_back({std::move(fd), entry.name, entry.state.size, entry.state.modified_ns, Clock::now(), false});
}

void LateWrites::look() {
    std::lock_guard lock(mutex_);
    Clock::time_point now = Clock::now();
    std::erase_if(files_, [&](Watched &file) { return !goes_on(file, now); });
    open_ = static_cast<size_t>(std::count_if(files_.begin(), files_.end(), [](const Watched &file) { return file.written; }));
}

bool LateWrites::goes_on(Watched &file, Clock::time_point now) {
    struct stat status {};
    if (::fstat(file.fd.get(), &status) != 0)
        return false;
    if (status.st_size != file.size || modified_ns(status) != file.modified_ns) {
        file.size = status.st_size;
        file.modified_ns = modified_ns(status);
        file.since = now;
        file.written = true;
    }
    if (file.written)
        return now - file.since < config_.quiet || take_back(file);
    // One without a name has nothing but our descriptor, which keeps its room on the disk.
    return now - file.since < (status.st_nlink == 0 ? Clock::duration(grace_of(config_, true)) : Clock::duration(kLongest));
}

bool LateWrites::take_back(Watched &file) {
    struct stat status {
    }, named{};
    fs::path place = place_of(file.fd.get());
    bool has_name = ::fstat(file.fd.get(), &status) == 0 && status.st_nlink > 0 && ::lstat(place.c_str(), &named) == 0 &&
                    named.st_ino == status.st_ino && named.st_dev == status.st_dev;
    if (has_name && is_beneath(place, config_.spool))
        return true; // at its end there it goes back by itself
    std::string put;
    if (status.st_nlink == 0) {
        put = "a copy";
        copy_back(file);
        file.written = false;
    } else if (has_name && (is_beneath(place, config_.archive) || is_beneath(place, config_.rejected) ||
                            is_beneath(place, config_.failed))) {
        put = put_into_inbox(place, config_.inbox, file.name);
        if (!is_beneath(place, config_.archive))
            release_place(place); // the reports told of the half
    } else {
        return false; // in the inbox again already, or somebody else's now
    }
    log_event(LogLevel::kWarning, "file_written_to",
              "the file was written to after it had been taken in; all of it is in the inbox again, as a new delivery",
              {{"file", file.name}, {"inbox_name", put}, {"was", place.string()}});
    return status.st_nlink == 0;
}

void LateWrites::copy_back(const Watched &file) {
    TempFile temp(config_.inbox / (".nem12-late-" + std::to_string(::getpid()) + ".tmp"));
    remove_if_there(temp.path());
    UniqueFd out = create_file(temp.path());
    std::string buffer(1 << 20, '\0');
    off_t at = 0;
    for (ssize_t got = 0; (got = ::pread(file.fd.get(), buffer.data(), buffer.size(), at)) > 0; at += got)
        write_all(out.get(), {buffer.data(), static_cast<size_t>(got)}, temp.path());
    sync_file(out.get(), temp.path());
    put_into_inbox(temp.path(), config_.inbox, file.name);
}

} // namespace nem12::loader

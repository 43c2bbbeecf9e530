#pragma once
// The few file operations the stages share: owned descriptors, durable writes, names that are safe to put on disk.

#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace nem12::loader {

// A file operation of our own folders failed: disk full, no rights, folder gone. The message names the path and the reason.
class FileError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class UniqueFd {
public:
    UniqueFd() = default;
    explicit UniqueFd(int fd) noexcept : fd_(fd) {}
    UniqueFd(UniqueFd &&other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    UniqueFd &operator=(UniqueFd &&other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~UniqueFd();
    int get() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }

private:
    int fd_ = -1;
};

// kBatched: the caller makes several changes durable at once, before anything depends on them.
enum class Durability { kImmediate, kBatched };

[[noreturn]] void throw_file_error(std::string_view what, const std::filesystem::path &path); // with errno's text

UniqueFd open_for_reading(const std::filesystem::path &path);
UniqueFd create_file(const std::filesystem::path &path); // 0640, must not exist
void write_all(int fd, std::string_view bytes, const std::filesystem::path &path);
void sync_file(int fd, const std::filesystem::path &path);
// The bytes of a file, also while a batch lives: before they get a name where nobody would look at them again.
void sync_now(const std::filesystem::path &path);
bool syncs_are_put_off(); // a batch lives on this thread
void sync_folder(const std::filesystem::path &folder);

// Many small files cost one flush of the disk instead of five each: while a batch lives, sync_file and sync_folder do nothing
// on this thread, and finish() makes all of it durable at once. What must come after (removing the originals) comes after it.
class SyncBatch {
public:
    explicit SyncBatch(std::filesystem::path folder); // any folder of the file system that is written to
    ~SyncBatch();
    SyncBatch(const SyncBatch &) = delete;
    SyncBatch &operator=(const SyncBatch &) = delete;
    void finish();

private:
    std::filesystem::path folder_;
};

void make_folder(const std::filesystem::path &folder); // with its parents, durable

// Whole or not at all, also after a power cut: temp file beside it, fsync, rename, fsync of the folder.
void write_file_durably(const std::filesystem::path &path, std::string_view content);
std::string read_file(const std::filesystem::path &path); // small files of our own

// False when `to` exists.
bool rename_no_replace(const std::filesystem::path &from, const std::filesystem::path &to);
void copy_file_durably(const std::filesystem::path &from, const std::filesystem::path &to); // `to` must not exist
void remove_if_there(const std::filesystem::path &path);

// For people's eyes: control characters, bytes that are not UTF-8 and bidirectional marks become \xNN.
std::string display_text(std::string_view raw);

// A display name made safe as the name of one file: no separators, nothing hidden, at most 180 bytes, the extension kept.
// "outer.zip/inner.csv" becomes "outer.zip--inner.csv".
std::string file_name_for(std::string_view display_name);

} // namespace nem12::loader

#include "base/files.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/temp_file.hpp"
#include "mdff/utf8.hpp"

namespace nem12::loader {

namespace fs = std::filesystem;

UniqueFd::~UniqueFd() {
    if (fd_ >= 0)
        ::close(fd_);
}

void throw_file_error(std::string_view what, const fs::path &path) {
    int error = errno;
    throw FileError(std::string(what) + " " + path.string() + ": " + std::strerror(error));
}

UniqueFd open_for_reading(const fs::path &path) {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd)
        throw_file_error("cannot open", path);
    return fd;
}

UniqueFd create_file(const fs::path &path) {
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640));
    if (!fd)
        throw_file_error("cannot create", path);
    return fd;
}

void write_all(int fd, std::string_view bytes, const fs::path &path) {
    while (!bytes.empty()) {
        ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            throw_file_error("cannot write", path);
        bytes.remove_prefix(static_cast<size_t>(written));
    }
}

namespace {
thread_local bool syncs_are_batched = false;
}

SyncBatch::SyncBatch(fs::path folder) : folder_(std::move(folder)) { syncs_are_batched = true; }

SyncBatch::~SyncBatch() { syncs_are_batched = false; }

void SyncBatch::finish() {
    syncs_are_batched = false;
    UniqueFd fd(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd || ::syncfs(fd.get()) != 0)
        throw_file_error("cannot sync the file system of", folder_);
}

void sync_file(int fd, const fs::path &path) {
    if (!syncs_are_batched && ::fsync(fd) != 0)
        throw_file_error("cannot sync", path);
}

bool syncs_are_put_off() { return syncs_are_batched; }

void sync_now(const fs::path &path) {
    if (::fdatasync(open_for_reading(path).get()) != 0)
        throw_file_error("cannot sync", path);
}

void sync_folder(const fs::path &folder) {
    if (syncs_are_batched)
        return;
    UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd)
        throw_file_error("cannot open", folder);
    sync_file(fd.get(), folder);
}

void make_folder(const fs::path &folder) {
    if (folder.empty() || fs::is_directory(folder))
        return;
    if (folder.has_parent_path())
        make_folder(folder.parent_path());
    if (::mkdir(folder.c_str(), 0750) != 0 && errno != EEXIST)
        throw_file_error("cannot make folder", folder);
    sync_folder(folder.has_parent_path() ? folder.parent_path() : fs::path("."));
}

void write_file_durably(const fs::path &path, std::string_view content) {
    fs::path temp = path.parent_path() / ("." + path.filename().string() + ".tmp");
    remove_if_there(temp); // left by a crash
    TempFile owned(temp);
    {
        UniqueFd fd = create_file(temp);
        write_all(fd.get(), content, temp);
        sync_file(fd.get(), temp);
    }
    if (::rename(temp.c_str(), path.c_str()) != 0)
        throw_file_error("cannot rename", temp);
    sync_folder(path.parent_path());
}

std::string read_file(const fs::path &path) {
    UniqueFd fd = open_for_reading(path);
    std::string content;
    char buffer[16384];
    for (;;) {
        ssize_t got = ::read(fd.get(), buffer, sizeof buffer);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            throw_file_error("cannot read", path);
        if (got == 0)
            return content;
        content.append(buffer, static_cast<size_t>(got));
    }
}

bool rename_no_replace(const fs::path &from, const fs::path &to) {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0)
        return true;
    if (errno == EEXIST)
        return false;
    if (errno != EINVAL && errno != ENOSYS)
        throw_file_error("cannot rename to " + to.string(), from);
    if (::link(from.c_str(), to.c_str()) != 0) { // a file system without RENAME_NOREPLACE
        if (errno == EEXIST || fs::exists(fs::symlink_status(to)))
            return false;
        if (::rename(from.c_str(), to.c_str()) == 0) // where links are not allowed either
            return true;
        throw_file_error("cannot rename to " + to.string(), from);
    }
    remove_if_there(from);
    return true;
}

void copy_file_durably(const fs::path &from, const fs::path &to) {
    UniqueFd in = open_for_reading(from);
    UniqueFd out = create_file(to);
    std::string buffer(1 << 20, '\0');
    for (;;) {
        ssize_t got =
            ::copy_file_range(in.get(), nullptr, out.get(), nullptr, size_t{1} << 30, 0); // shares blocks where it can
        if (got < 0 && (errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP)) {
            got = ::read(in.get(), buffer.data(), buffer.size());
            if (got > 0)
                write_all(out.get(), {buffer.data(), static_cast<size_t>(got)}, to);
        }
        if (got < 0 && errno != EINTR)
            throw_file_error("cannot copy", from);
        if (got == 0)
            break;
    }
    sync_file(out.get(), to);
    sync_folder(to.parent_path());
}

void remove_if_there(const fs::path &path) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT)
        throw_file_error("cannot remove", path);
}

namespace {

bool is_hidden_or_bidirectional(char32_t code) {
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x200B && code <= 0x200F) ||
           (code >= 0x2028 && code <= 0x202E) || (code >= 0x2060 && code <= 0x206F) || code == 0x061C || code == 0xFEFF;
}

} // namespace

std::string display_text(std::string_view raw) {
    static constexpr char kHex[] = "0123456789abcdef";
    std::string out;
    out.reserve(raw.size());
    while (!raw.empty()) {
        char32_t code = 0;
        size_t length = mdff::utf8_character(raw, code);
        if (length > 0 && !is_hidden_or_bidirectional(code)) {
            out.append(raw.substr(0, length));
        } else {
            length = length == 0 ? 1 : length;
            for (char c : raw.substr(0, length)) {
                auto byte = static_cast<unsigned char>(c);
                out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
            }
        }
        raw.remove_prefix(length);
    }
    return out;
}

std::string file_name_for(std::string_view display_name) {
    constexpr size_t kMaxBytes = 180; // leaves room for ".report.json" and a number within 255
    std::string name;
    for (char c : display_text(display_name)) {
        if (c == '/')
            name += "--";
        else
            name += c == '\\' ? '_' : c;
    }
    if (name.empty())
        name = "unnamed";
    if (name.front() == '.' || name.front() == '-')
        name.front() = '_';
    if (name.size() <= kMaxBytes)
        return name;
    std::string extension = fs::path(name).extension();
    if (extension.size() > 16)
        extension.clear();
    size_t cut = kMaxBytes - extension.size();
    while (cut > 0 && (static_cast<unsigned char>(name[cut]) & 0xC0) == 0x80)
        --cut;
    return name.substr(0, cut) + extension;
}

} // namespace nem12::loader

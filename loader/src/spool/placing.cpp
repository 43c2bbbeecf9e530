#include "spool/placing.hpp"

#include <cerrno>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

#include "spool/files.hpp"
#include "spool/sha256.hpp"

namespace nem12::loader {

namespace fs = std::filesystem;

namespace {

bool same_content(const fs::path &from, std::string_view sha256, const fs::path &there) {
    struct stat ours {
    }, theirs{};
    if (::lstat(from.c_str(), &ours) != 0 || ::lstat(there.c_str(), &theirs) != 0 || !S_ISREG(theirs.st_mode))
        return false;
    if (ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino)
        return true; // placed before a crash
    return ours.st_size == theirs.st_size && sha256_of_file(there) == sha256;
}

bool try_link(const fs::path &from, const fs::path &to, bool &possible) {
    if (::link(from.c_str(), to.c_str()) == 0)
        return true;
    if (errno == EEXIST)
        return false;
    if (errno != EPERM && errno != EOPNOTSUPP && errno != EMLINK && errno != EXDEV)
        throw_file_error("cannot link to " + to.string(), from);
    possible = false;
    return false;
}

} // namespace

fs::path place_file(const fs::path &from, std::string_view sha256, const fs::path &folder, std::string_view name, bool copy,
                    const fs::path &temp) {
    make_folder(folder);
    fs::path plain(name);
    std::string stem = plain.stem().string() + "~" + std::string(sha256.substr(0, 8)), extension = plain.extension().string();
    bool copied = false;
    for (int attempt = 0;; ++attempt) {
        fs::path target = folder / (attempt == 0   ? plain.string()
                                    : attempt == 1 ? stem + extension
                                                   : stem + "~" + std::to_string(attempt) + extension);
        bool can_link = !copy;
        bool done = can_link && try_link(from, target, can_link);
        if (!done && !can_link) {
            if (!copied)
                copy_file_durably(from, temp);
            copied = true;
            done = rename_no_replace(temp, target);
            copied = !done;
        }
        if (done || same_content(from, sha256, target)) {
            if (copied)
                remove_if_there(temp);
            sync_folder(folder);
            return target;
        }
    }
}

} // namespace nem12::loader

#include "spool/placing.hpp"

#include <cerrno>
#include <string>

#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.hpp"
#include "base/sha256.hpp"
#include "base/temp_file.hpp"

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

// The name itself, then "stem~<8 digits of sha256>.ext", then "~2"...
fs::path nth_place(const fs::path &folder, std::string_view name, std::string_view sha256, int n) {
    fs::path plain(name);
    std::string stem = plain.stem().string() + "~" + std::string(sha256.substr(0, 8)), extension = plain.extension().string();
    return folder / (n == 0 ? plain.string() : n == 1 ? stem + extension : stem + "~" + std::to_string(n) + extension);
}

fs::path beside(const fs::path &place, std::string_view suffix) {
    return place.parent_path() / (place.filename().string() + std::string(suffix));
}

// False when the place is taken by another content.
bool try_place(const fs::path &from, std::string_view sha256, const fs::path &place, Placing how, const fs::path &temp_path,
               Durability durability) {
    bool can_link = how == Placing::kLink;
    bool done = how == Placing::kMove ? rename_no_replace(from, place) : can_link && try_link(from, place, can_link);
    if (!done && !can_link && how != Placing::kMove) {
        TempFile owned(temp_path);
        const fs::path &temp = owned.path();
        remove_if_there(temp);
        copy_file_durably(from, temp);
        if (syncs_are_put_off())
            sync_now(temp);
        done = rename_no_replace(temp, place);
    }
    if (!done && !same_content(from, sha256, place))
        return false;
    if (durability == Durability::kImmediate)
        sync_folder(place.parent_path());
    return true;
}

bool is_about(const fs::path &report, std::string_view sha256) {
    nlohmann::json object = nlohmann::json::parse(read_file(report), nullptr, false);
    return !object.is_object() || object.value("sha256", "") == sha256; // an unreadable one names no other content
}

} // namespace

fs::path place_file(const fs::path &from, std::string_view sha256, const fs::path &folder, std::string_view name, Placing how,
                    const fs::path &temp, Durability durability) {
    make_folder(folder);
    for (int n = 0;; ++n) {
        fs::path place = nth_place(folder, name, sha256, n);
        if (try_place(from, sha256, place, how, temp, durability))
            return place;
    }
}

std::string sha256_in_report(const fs::path &json_report) {
    try {
        const nlohmann::json object = nlohmann::json::parse(read_file(json_report), nullptr, false);
        const auto sha256 = object.find("sha256"); // end() of what is no object
        return sha256 != object.end() && sha256->is_string() ? sha256->get<std::string>() : std::string();
    } catch (const FileError &) { // it has gone meanwhile
        return {};
    }
}

fs::path json_report_of(const fs::path &place) { return beside(place, ".report.json"); }

fs::path reserve_place(const fs::path &from, std::string_view sha256, const fs::path &folder, std::string_view name,
                       const Reports &reports, const fs::path &temp_path) {
    make_folder(folder);
    TempFile owned(temp_path);
    const fs::path &temp = owned.path();
    {
        remove_if_there(temp);
        UniqueFd fd = create_file(temp);
        write_all(fd.get(), reports.json, temp);
        sync_file(fd.get(), temp);
    }
    for (int n = 0;; ++n) {
        fs::path place = nth_place(folder, name, sha256, n), report = json_report_of(place);
        if (fs::exists(fs::symlink_status(place)) && !same_content(from, sha256, place))
            continue;
        if (!rename_no_replace(temp, report)) {
            if (!is_about(report, sha256))
                continue;
            fs::rename(temp, report);
        }
        write_file_durably(beside(place, ".report.txt"), reports.text); // and with it the folder
        return place;
    }
}

void put_in_place(const fs::path &from, std::string_view sha256, const fs::path &place, Placing how, const fs::path &temp) {
    if (!try_place(from, sha256, place, how, temp, Durability::kImmediate))
        throw FileError("another file appeared at " + place.string());
}

void release_place(const fs::path &place) {
    remove_if_there(beside(place, ".report.txt"));
    remove_if_there(json_report_of(place));
}

} // namespace nem12::loader

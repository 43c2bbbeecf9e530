// The archive side of Spool, and the way back for files that were set aside.

#include <algorithm>

#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sha256.hpp"
#include "log/log.hpp"
#include "spool/placing.hpp"
#include "spool/spool.hpp"

namespace nem12::loader {

namespace fs = std::filesystem;

Spool::Added Spool::open_parcel(std::string_view sha256, std::string_view name, const fs::path &temp) {
    std::lock_guard lock(mutex_);
    std::optional<Parcel> known = parcels_.find(sha256);
    if (known && known->stamp)
        return Added::kLater;
    Parcel parcel = known.value_or(Parcel{std::string(sha256), {}, {}, false, false, {}});
    if (std::find(parcel.names.begin(), parcel.names.end(), name) == parcel.names.end())
        parcel.names.emplace_back(name);
    if (!parcel.sealed)
        parcel.members.clear(); // a crash cut its expansion short: once more from the start
    parcels_.save(parcel);
    if (fs::exists(parcels_.path_of(sha256))) {
        remove_if_there(temp);
    } else {
        // Also inside a batch: a worker may bring it to its end before the batch is flushed, and it must not be without a
        // record.
        sync_now(temp);
        parcels_.sync(sha256);
        bytes_ += static_cast<int64_t>(fs::file_size(temp));
        rename_no_replace(temp, parcels_.path_of(sha256));
        sync_folder(config_.spool / "parcels");
    }
    return parcel.sealed ? Added::kKnown : Added::kNew;
}

// Its bytes are moved in by adopt_parcel(), so that what is there now is another delivery's.
Spool::Added Spool::announce_parcel(std::string_view sha256, std::string_view name, const std::optional<Stamp> &stamp) {
    std::lock_guard lock(mutex_);
    if (fs::exists(parcels_.path_of(sha256)))
        return Added::kLater;
    parcels_.save({std::string(sha256), {std::string(name)}, {}, false, true, stamp});
    return Added::kNew;
}

bool Spool::adopt_parcel(std::string_view sha256, const Mover &move) {
    {
        std::lock_guard lock(mutex_);
        fs::path path = parcels_.path_of(sha256);
        if (fs::exists(path) || !parcels_.find(sha256))
            return false;
        if (!move(path)) {
            parcels_.remove(sha256); // its members go their way without it
            return false;
        }
        sync_folder(config_.spool / "parcels");
        bytes_ += static_cast<int64_t>(fs::file_size(path));
        remember_change(sha256, path);
    }
    seal_parcel(sha256);
    return true;
}

void Spool::mark_member(std::string_view parcel_sha256, const std::string &sha256, const std::string &name,
                        std::string_view outcome) {
    std::optional<Parcel> parcel = parcels_.find(parcel_sha256);
    if (!parcel)
        return take_back_parcel(parcel_sha256, name.substr(0, name.find('/')));
    auto same = [&](const ParcelMember &member) { return member.sha256 == sha256 && member.name == name; };
    auto member = std::find_if(parcel->members.begin(), parcel->members.end(), same);
    if (member == parcel->members.end())
        member = parcel->members.insert(member, {sha256, name, ""});
    member->outcome = outcome;
    parcels_.save(*parcel);
    settle_parcel(*parcel);
}

void Spool::seal_parcel(std::string_view sha256) {
    std::lock_guard lock(mutex_);
    std::optional<Parcel> parcel = parcels_.find(sha256);
    if (!parcel)
        return take_back_parcel(sha256, {});
    parcel->sealed = true;
    parcels_.save(*parcel);
    settle_parcel(*parcel);
}

// Nothing tells any more what became of its members, but expanding it once more does: those that were loaded are known by
// their contents. Nothing to do when its bytes are gone too: settled before a crash.
void Spool::take_back_parcel(std::string_view sha256, const std::string &name) {
    fs::path bytes = parcels_.path_of(sha256);
    if (!fs::exists(bytes))
        return;
    auto size = static_cast<int64_t>(fs::file_size(bytes));
    std::string put = put_into_inbox(bytes, config_.inbox, file_name_for(name.empty() ? std::string(sha256) : name));
    log_event(LogLevel::kWarning, "record_damaged",
              "what was known about an archive cannot be read; it is in the inbox again and expanded once more",
              {{"sha256", sha256}, {"file", name}, {"inbox_name", put}});
    parcels_.remove(sha256);
    bytes_ -= size;
}

// At start. What a crash or a damaged record left without anybody who would still bring it to its end.
void Spool::recover_parcels() {
    std::vector<fs::path> files;
    for (const fs::directory_entry &entry : fs::directory_iterator(config_.spool / "parcels"))
        files.push_back(entry.path());
    for (const fs::path &file : files) {
        std::string sha256 = file.filename();
        if (sha256.front() == '.' || (file.extension() == ".json" && !fs::exists(parcels_.path_of(file.stem().string())))) {
            remove_if_there(file); // half written; or without its bytes, which are still in the inbox or were settled
            continue;
        }
        if (file.extension() == ".json")
            continue;
        std::optional<Parcel> parcel = parcels_.find(sha256);
        if (!parcel) {
            std::error_code none;
            fs::path record = file.string() + ".json";
            std::string text = fs::exists(record, none) ? read_file(record) : "";
            bytes_ += static_cast<int64_t>(fs::file_size(file));
            std::string name = name_in_damaged(text); // of a member, "outer.zip/inner.csv"
            take_back_parcel(sha256, name.substr(0, name.find('/')));
            continue;
        }
        // Killed before it was sealed, or a power cut took a member. A copy is made again from the inbox, if it is still there.
        auto lost = [&](const ParcelMember &member) { return member.outcome.empty() && !fs::exists(ready_ / member.sha256); };
        if (parcel->sealed && std::none_of(parcel->members.begin(), parcel->members.end(), lost))
            continue;
        std::string name = parcel->names.empty() ? sha256 : parcel->names.front();
        std::error_code error;
        if (!parcel->moved && fs::file_size(config_.inbox / name, error) == fs::file_size(file) && !error) {
            parcel->sealed = false;
            parcels_.save(*parcel);
        } else {
            put_into_inbox(file, config_.inbox, file_name_for(name));
            parcels_.remove(sha256);
        }
    }
}

void Spool::settle_parcel(const Parcel &parcel) {
    std::optional<Outcome> outcome = parcel.outcome();
    if (!outcome)
        return;
    Verdict verdict;
    verdict.errors = 1;
    verdict.findings.push_back({0, 0, -1, "error", "archive_members_refused", "NM001",
                                "No file in this archive could be loaded; each has a report of its own beside this one",
                                "Correct the files and send them again", "MDFF 3.2.2", ""});
    std::string reason = "a file in this archive could not be loaded; see the reports beside this one";
    Report report = *outcome == Outcome::kRejected ? Report{&verdict, {}} : Report{nullptr, reason};
    fs::path bytes = parcels_.path_of(parcel.sha256);
    if (fs::exists(bytes)) {
        JudgedFile file;
        file.sha256 = parcel.sha256;
        file.bytes = static_cast<int64_t>(fs::file_size(bytes));
        bool first = true;
        for (const std::string &name : parcel.names) {
            file.name = name;
            if (parcel.stamp && written_since(parcel.sha256, bytes, *parcel.stamp))
                back_to_inbox(bytes, name);
            else // one with a stamp has one name
                deliver(bytes, file, *outcome, report, parcel.stamp ? Placing::kMove : first ? Placing::kLink : Placing::kCopy);
            first = false;
        }
        bytes_ -= parcel.stamp ? parcel.stamp->size : file.bytes;
    }
    parcels_.remove(parcel.sha256);
    changed_ns_.erase(parcel.sha256);
}

std::string put_into_inbox(const fs::path &from, const fs::path &inbox, const std::string &name) {
    make_folder(inbox);
    struct stat ours {
    }, theirs{};
    bool one_disk = ::lstat(from.c_str(), &ours) == 0 && ::stat(inbox.c_str(), &theirs) == 0 && ours.st_dev == theirs.st_dev;
    TempFile copy(one_disk ? fs::path() : inbox / (".nem12-back-" + std::to_string(::getpid()) + ".tmp"));
    if (copy) {
        remove_if_there(copy.path());
        copy_file_durably(from, copy.path());
    }
    for (int n = 0;; ++n) {
        std::string put = n == 0 ? name : std::to_string(n) + "~" + name;
        if (!rename_no_replace(one_disk ? from : copy.path(), inbox / put))
            continue;
        sync_folder(inbox);
        if (copy)
            remove_if_there(from);
        return put;
    }
}

namespace {

// One file with its reports. False when it is not there (any more).
bool put_back(const IngestConfig &config, const fs::path &file, std::string_view sha256, const fs::path &report) {
    struct stat status {};
    if (::lstat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode))
        return false;
    const std::string name = file.filename();
    if (status.st_nlink == 1) {
        put_into_inbox(file, config.inbox, name);
    } else { // the inbox takes files with one name only
        place_file(file, sha256, config.inbox, name, Placing::kCopy, config.inbox / ("." + name + ".tmp"));
        remove_if_there(file);
    }
    remove_if_there(file.parent_path() / (name + ".report.txt"));
    remove_if_there(report);
    return true;
}

} // namespace

std::set<std::string> put_back_into_inbox(const IngestConfig &config, std::set<std::string> sha256s) {
    constexpr std::string_view kSuffix = ".report.json";
    for (const fs::path &folder : {config.failed, config.rejected}) {
        std::error_code none;
        for (fs::directory_iterator entry(folder, none), end; entry != end && !sha256s.empty(); entry.increment(none)) {
            const std::string name = entry->path().filename().string();
            if (!name.ends_with(kSuffix))
                continue;
            const std::string sha256 = sha256_in_report(entry->path());
            if (sha256s.contains(sha256) &&
                put_back(config, folder / name.substr(0, name.size() - kSuffix.size()), sha256, entry->path()))
                sha256s.erase(sha256);
        }
    }
    return sha256s;
}

bool put_back_into_inbox(const IngestConfig &config, std::string_view sha256) {
    return put_back_into_inbox(config, std::set<std::string>{std::string(sha256)}).empty();
}

} // namespace nem12::loader

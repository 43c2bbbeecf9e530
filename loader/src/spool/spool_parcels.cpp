// The archive side of Spool, and the way back for files that were set aside.

#include <algorithm>

#include <nlohmann/json.hpp>

#include "spool/placing.hpp"
#include "spool/sha256.hpp"
#include "spool/spool.hpp"

namespace nem12::loader {

namespace fs = std::filesystem;

Spool::Added Spool::open_parcel(std::string_view sha256, std::string_view name, const fs::path &temp) {
    std::lock_guard lock(mutex_);
    std::optional<Parcel> known = parcels_.find(sha256);
    Parcel parcel = known.value_or(Parcel{std::string(sha256), {}, {}, false});
    if (std::find(parcel.names.begin(), parcel.names.end(), name) == parcel.names.end())
        parcel.names.emplace_back(name);
    if (!parcel.sealed)
        parcel.members.clear(); // a crash cut its expansion short: once more from the start
    parcels_.save(parcel);
    if (fs::exists(parcels_.path_of(sha256))) {
        remove_if_there(temp);
    } else {
        bytes_ += static_cast<int64_t>(fs::file_size(temp));
        rename_no_replace(temp, parcels_.path_of(sha256));
        sync_folder(config_.spool / "parcels");
    }
    return parcel.sealed ? Added::kKnown : Added::kNew;
}

void Spool::mark_member(std::string_view parcel_sha256, const std::string &sha256, const std::string &name,
                        std::string_view outcome) {
    std::optional<Parcel> parcel = parcels_.find(parcel_sha256);
    if (!parcel)
        return; // settled before a crash
    auto same = [&](const ParcelMember &member) { return member.sha256 == sha256 && member.name == name; };
    auto member = std::find_if(parcel->members.begin(), parcel->members.end(), same);
    if (member == parcel->members.end())
        member = parcel->members.insert(member, {sha256, name, ""});
    member->outcome = outcome;
    parcels_.save(*parcel);
    settle_parcel(*parcel);
}

void Spool::seal_parcel(std::string_view sha256) {
    {
        std::lock_guard lock(mutex_);
        std::optional<Parcel> parcel = parcels_.find(sha256);
        if (!parcel)
            return;
        parcel->sealed = true;
        parcels_.save(*parcel);
        settle_parcel(*parcel);
    }
    tell();
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
        SpooledFile file;
        file.sha256 = parcel.sha256;
        file.bytes = static_cast<int64_t>(fs::file_size(bytes));
        bool first = true;
        for (const std::string &name : parcel.names) {
            file.name = name;
            deliver(bytes, file, *outcome, report, !first);
            first = false;
        }
        bytes_ -= file.bytes;
    }
    parcels_.remove(parcel.sha256);
}

void Spool::reject_parcel(std::string_view sha256, const Verdict &verdict) {
    {
        std::lock_guard lock(mutex_);
        std::optional<Parcel> parcel = parcels_.find(sha256);
        if (!parcel)
            return;
        SpooledFile file;
        file.sha256 = sha256;
        fs::path bytes = parcels_.path_of(sha256);
        file.bytes = static_cast<int64_t>(fs::file_size(bytes));
        bool first = true;
        for (const std::string &name : parcel->names) {
            file.name = name;
            deliver(bytes, file, Outcome::kRejected, {&verdict, {}}, !first);
            first = false;
        }
        bytes_ -= file.bytes;
        parcels_.remove(sha256);
    }
    tell();
}

bool put_back_into_inbox(const IngestConfig &config, std::string_view sha256) {
    constexpr std::string_view kSuffix = ".report.json";
    for (const fs::path &folder : {config.failed, config.rejected}) {
        std::error_code none;
        for (const fs::directory_entry &entry : fs::directory_iterator(folder, none)) {
            std::string name = entry.path().filename().string();
            if (!name.ends_with(kSuffix))
                continue;
            name.resize(name.size() - kSuffix.size());
            fs::path file = folder / name;
            nlohmann::json report = nlohmann::json::parse(read_file(entry.path()), nullptr, false);
            if (!report.is_object() || report.value("sha256", "") != sha256 || !fs::is_regular_file(file))
                continue;
            fs::path temp = config.inbox / ("." + name + ".tmp");
            place_file(file, sha256, config.inbox, name, true, temp);
            remove_if_there(file);
            remove_if_there(folder / (name + ".report.txt"));
            remove_if_there(entry.path());
            return true;
        }
    }
    return false;
}

} // namespace nem12::loader

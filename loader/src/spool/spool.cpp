#include "spool/spool.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <exception>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sha256.hpp"
#include "judge/report.hpp"
#include "log/log.hpp"
#include "spool/placing.hpp"

namespace nem12::loader {

namespace fs = std::filesystem;

namespace {

int64_t size_of(const fs::path &path) {
    std::error_code error;
    auto size = fs::file_size(path, error);
    return error ? 0 : static_cast<int64_t>(size);
}

nlink_t link_count(const fs::path &path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0 ? status.st_nlink : 0;
}

Reports reports_on(const JudgedFile &file, const Verdict &verdict) {
    return {report_text(file, verdict), report_json(file, verdict)};
}

JudgedFile named(JudgedFile file, const std::string &name) {
    file.name = name;
    return file;
}

} // namespace

Spool::Spool(const IngestConfig &config)
    : config_(config), tmp_(config.spool / "tmp"), ready_(config.spool / "ready"), meta_(config.spool / "meta"),
      parcels_(config.spool / "parcels") {
    make_folders();
    take_lock();
    clear_leftovers();
}

Spool::~Spool() {
    try {
        forget_settled();
    } catch (const std::exception &) { // the next start does it
    }
}

void Spool::make_folders() {
    for (const fs::path &folder :
         {config_.spool, tmp_, ready_, meta_, config_.spool / "parcels", config_.archive, config_.rejected, config_.failed})
        make_folder(folder);
    fs::permissions(config_.spool, fs::perms::owner_all);
    struct stat spool {
    }, other{};
    if (::stat(config_.spool.c_str(), &spool) != 0)
        throw_file_error("cannot look at", config_.spool);
    for (const fs::path &folder : {config_.archive, config_.rejected, config_.failed}) {
        if (::stat(folder.c_str(), &other) != 0)
            throw_file_error("cannot look at", folder);
        if (other.st_dev != spool.st_dev)
            throw FileError("spool, archive, rejected and failed must be on one file system, but " + folder.string() +
                            " is on another than " + config_.spool.string());
    }
}

void Spool::take_lock() {
    fs::path path = config_.spool / "lock";
    lock_ = UniqueFd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!lock_)
        throw_file_error("cannot open", path);
    if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0)
        throw FileError("another nem12-loader uses the spool " + config_.spool.string() +
                        "; give each daemon a spool of its own (they may share the inbox)");
}

void Spool::clear_leftovers() {
    for (const fs::directory_entry &entry : fs::directory_iterator(tmp_))
        fs::remove_all(entry.path());
    for (const fs::directory_entry &entry : fs::directory_iterator(meta_)) {
        // Without its bytes: either settled but for this last step, or never renamed into ready/ and still in the inbox.
        if (!fs::exists(ready_ / entry.path().stem()))
            fs::remove(entry.path());
    }
    // What was moved in was flushed before it got its name. A copy was not, if the power failed before its batch was: the bytes
    // are then missing or zeros, whatever their number says, and the inbox still has the original.
    std::vector<SpooledRecord> cut;
    for (const fs::directory_entry &entry : fs::directory_iterator(ready_)) {
        std::string sha256 = entry.path().filename();
        SpooledRecord record = record_at_start(sha256);
        bool in_doubt = !record.moved || record.file.bytes != size_of(entry.path());
        if (in_doubt && sha256_of_file(entry.path()) != sha256)
            cut.push_back(std::move(record)); // with a stamp: its writer went on
        else
            bytes_ += size_of(entry.path());
    }
    for (const SpooledRecord &record : cut) {
        if (record.moved) {
            bytes_ += record.file.bytes;
            settle(record.file.sha256, Outcome::kFailed, {nullptr, "the disk lost a part of it; deliver it again"});
        } else {
            fs::remove(record.file.path);
            fs::remove(meta_ / (record.file.sha256 + ".json"));
        }
    }
    recover_parcels();
    for (const Parcel &parcel : parcels_.list()) {
        bytes_ += size_of(parcels_.path_of(parcel.sha256));
        settle_parcel(parcel);
    }
}

fs::path Spool::temp_path() {
    std::lock_guard lock(mutex_);
    return tmp_ / std::to_string(++next_temp_);
}

std::optional<SpooledRecord> Spool::record_of(std::string_view sha256) const {
    if (fs::path path = ready_ / sha256; !sha256.empty() && fs::exists(path))
        return record_of_bytes(sha256, path);
    return std::nullopt;
}

SpooledRecord Spool::record_of_bytes(std::string_view sha256, const fs::path &path) const {
    SpooledRecord record;
    std::string text, why = "it is damaged";
    // One that is there and cannot be read is no damaged one: what it knows must not be thrown away, so the caller tries again.
    fs::path meta = meta_ / (std::string(sha256) + ".json");
    if (fs::exists(meta))
        text = read_file(meta);
    else
        why = "it is missing";
    if (!from_json(text, record))
        record = record_made_anew(sha256, why, text);
    record.file.path = path;
    return record;
}

// A start does not fail for one record: the file counts as one whose record is damaged.
SpooledRecord Spool::record_at_start(std::string_view sha256) const {
    try {
        return record_of(sha256).value();
    } catch (const FileError &error) {
        SpooledRecord record = record_made_anew(sha256, error.what(), {});
        record.file.path = ready_ / sha256;
        return record;
    }
}

// Damaged by hand or by a disk: the bytes still count, and their name where anything still has it.
SpooledRecord Spool::record_made_anew(std::string_view sha256, const std::string &why, std::string_view damaged) const {
    SpooledRecord record;
    record.file.sha256 = sha256;
    fs::path path = ready_ / sha256;
    struct stat status {};
    if (::lstat(path.c_str(), &status) == 0) {
        record.file.bytes = status.st_size;
        if (status.st_uid != ::geteuid()) // it was moved in
            record.stamp = stamp_of(status);
    }
    for (const Parcel &parcel : parcels_.list()) {
        for (const ParcelMember &member : parcel.members) {
            if (member.sha256 == sha256 && member.outcome.empty())
                record.deliveries.push_back({member.name, parcel.sha256});
        }
    }
    std::string name = name_in_damaged(damaged);
    auto known = [&](const Delivery &delivery) { return delivery.name == name; };
    if (!name.empty() && std::none_of(record.deliveries.begin(), record.deliveries.end(), known))
        record.deliveries.insert(record.deliveries.begin(), {name, {}});
    if (record.deliveries.empty())
        record.deliveries = {{std::string(sha256), {}}};
    record.file.name = record.deliveries.front().name;
    record.file.parent_sha256 = record.deliveries.front().parcel;
    if (damaged_.insert(record.file.sha256).second)
        log_event(LogLevel::kWarning, "record_damaged",
                  "what was known about a spooled file cannot be read; the file counts, its name may be lost",
                  {{"sha256", record.file.sha256}, {"file", record.file.name}, {"why", why}});
    return record;
}

std::optional<JudgedFile> Spool::find(std::string_view sha256, std::string_view known_as) {
    std::lock_guard lock(mutex_);
    std::optional<SpooledRecord> record = record_of(sha256);
    if (!record) {
        missed_.emplace(sha256);
        return std::nullopt;
    }
    if (record->file.name == sha256 && !known_as.empty() && known_as != sha256) {
        record->file.name = known_as;
        record->deliveries = {{record->file.name, {}}};
        save(*record);
        log_event(LogLevel::kInfo, "record_mended", "the queue still knew the name",
                  {{"sha256", record->file.sha256}, {"file", record->file.name}});
    }
    return record->file;
}

std::set<std::string> Spool::missed() const {
    std::lock_guard lock(mutex_);
    return missed_;
}

void Spool::forget_missed(const std::string &sha256) {
    std::lock_guard lock(mutex_);
    missed_.erase(sha256);
}

std::vector<JudgedFile> Spool::list() const {
    std::lock_guard lock(mutex_);
    std::vector<JudgedFile> files;
    for (const fs::directory_entry &entry : fs::directory_iterator(ready_)) {
        if (std::optional<SpooledRecord> record = record_of(entry.path().filename().string()))
            files.push_back(record->file);
    }
    std::sort(files.begin(), files.end(), [](const JudgedFile &a, const JudgedFile &b) {
        return std::tie(a.file_creation, a.sha256) < std::tie(b.file_creation, b.sha256);
    });
    return files;
}

void Spool::save(const SpooledRecord &record) { write_file_durably(meta_ / (record.file.sha256 + ".json"), to_json(record)); }

Spool::Added Spool::add(JudgedFile &file, TempFile temp) {
    std::lock_guard lock(mutex_);
    file.path = ready_ / file.sha256;
    Added added = add_delivery(file, false, {});
    if (added != Added::kNew)
        return added;
    bytes_ += file.bytes;
    waiting_.emplace(file.sha256, std::move(temp));
    if (!syncs_are_put_off())
        name_waiting();
    return added;
}

void Spool::batch_is_flushed() {
    std::lock_guard lock(mutex_);
    name_waiting();
}

bool Spool::waits_for_flush() const {
    std::lock_guard lock(mutex_);
    return !waiting_.empty();
}

void Spool::name_waiting() {
    if (waiting_.empty())
        return;
    while (!waiting_.empty()) {
        auto next = waiting_.extract(waiting_.begin());
        TempFile &temp = next.mapped();
        fs::path path = ready_ / next.key();
        if (!rename_no_replace(temp.path(), path)) {
            bytes_ -= size_of(temp.path());
            throw FileError("spool entry " + path.string() + " appeared from elsewhere");
        }
        temp.release();
    }
    sync_folder(ready_);
}

void Spool::forget_settled() {
    std::set<std::string> settled;
    {
        std::lock_guard lock(mutex_);
        settled = settled_;
    }
    if (settled.empty())
        return;
    sync_now(ready_);
    std::lock_guard lock(mutex_);
    for (const std::string &sha256 : settled) {
        if (settled_.erase(sha256) != 0) // else it was delivered again meanwhile
            remove_if_there(meta_ / (sha256 + ".json"));
    }
}

Spool::Added Spool::announce(const JudgedFile &file, const std::optional<Stamp> &stamp) {
    std::lock_guard lock(mutex_);
    return add_delivery(file, true, stamp);
}

bool Spool::adopt(JudgedFile &file, const Mover &move) {
    std::lock_guard lock(mutex_);
    file.path = ready_ / file.sha256;
    fs::path meta = meta_ / (file.sha256 + ".json");
    if (fs::exists(file.path) || !fs::exists(meta) || settled_.count(file.sha256) != 0)
        return false; // the same content came in an archive meanwhile
    if (!move(file.path)) {
        remove_if_there(meta);
        return false;
    }
    adopted_ = true;
    bytes_ += file.bytes;
    remember_change(file.sha256, file.path);
    return true;
}

void Spool::sync_adopted() {
    if (!adopted_)
        return;
    sync_folder(ready_);
    adopted_ = false;
}

// The rename changed the change time itself, so that it is known from now on only, and not after a restart.
void Spool::remember_change(std::string_view sha256, const fs::path &path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) == 0)
        changed_ns_[std::string(sha256)] = int64_t{status.st_ctim.tv_sec} * 1'000'000'000 + status.st_ctim.tv_nsec;
}

bool Spool::written_since(std::string_view sha256, const fs::path &path, const Stamp &stamp) const {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0)
        return false;
    auto changed = changed_ns_.find(sha256);
    return stamp_of(status) != stamp ||
           (changed != changed_ns_.end() &&
            changed->second != int64_t{status.st_ctim.tv_sec} * 1'000'000'000 + status.st_ctim.tv_nsec);
}

void Spool::back_to_inbox(const fs::path &from, const std::string &name) {
    std::string put = put_into_inbox(from, config_.inbox, file_name_for(name));
    log_event(LogLevel::kWarning, "file_written_to",
              "the file was written to after it had been taken in; all of it is in the inbox again, as a new delivery",
              {{"file", name}, {"inbox_name", put}});
}

Spool::Added Spool::add_delivery(const JudgedFile &file, bool moved, const std::optional<Stamp> &stamp) {
    Delivery delivery{file.name, file.parent_sha256};
    if (!delivery.parcel.empty())
        mark_member(delivery.parcel, file.sha256, file.name, "");
    auto waiting = waiting_.find(file.sha256);
    std::optional<SpooledRecord> known =
        waiting == waiting_.end() ? record_of(file.sha256) : record_of_bytes(file.sha256, waiting->second.path());
    if (!known) {
        settled_.erase(file.sha256);
        save({file, {delivery}, moved, stamp});
        return Added::kNew;
    }
    if (delivery.parcel.empty() && (stamp || known->stamp))
        return Added::kLater;
    auto &deliveries = known->deliveries;
    if (std::find(deliveries.begin(), deliveries.end(), delivery) == deliveries.end()) {
        deliveries.push_back(delivery);
        save(*known);
    }
    return Added::kKnown;
}

void Spool::reject(const JudgedFile &file, const fs::path &temp, const Verdict &verdict) {
    std::lock_guard lock(mutex_);
    deliver(temp, file, Outcome::kRejected, {&verdict, {}}, Placing::kLink);
    if (!file.parent_sha256.empty())
        mark_member(file.parent_sha256, file.sha256, file.name, name_of(Outcome::kRejected));
    remove_if_there(temp);
}

fs::path Spool::announce_rejection(const JudgedFile &file, const Verdict &verdict, const fs::path &from) {
    return reserve_place(from, file.sha256, config_.rejected, file_name_for(file.name), reports_on(file, verdict), temp_path());
}

bool Spool::adopt_rejected(const fs::path &place, const Mover &move) {
    if (fs::exists(place)) {
        // This content was refused under this name before; nothing to move.
    } else if (move(place)) {
        sync_folder(place.parent_path());
    } else {
        release_place(place);
        return false;
    }
    return true;
}

void Spool::report_skipped(const JudgedFile &file, const Verdict &verdict) {
    std::lock_guard lock(mutex_);
    fs::path base = config_.rejected / (file_name_for(file.name) + "~" + file.sha256.substr(0, 8));
    write_file_durably(base.string() + ".report.txt", report_text(file, verdict));
    write_file_durably(json_report_of(base), report_json(file, verdict));
    tell(json_report_of(base));
}

bool Spool::loaded(std::string_view sha256) { return settle(sha256, Outcome::kLoaded, {}); }

bool Spool::rejected(std::string_view sha256, const Verdict &verdict) {
    return settle(sha256, Outcome::kRejected, {&verdict, {}});
}

bool Spool::failed(std::string_view sha256, std::string_view reason) {
    return settle(sha256, Outcome::kFailed, {nullptr, reason});
}

bool Spool::settle(std::string_view sha256, Outcome outcome, const Report &report) {
    std::lock_guard lock(mutex_);
    std::optional<SpooledRecord> record = record_of(sha256);
    if (!record)
        return false;
    const JudgedFile &file = record->file;
    bool written = record->stamp && written_since(sha256, file.path, *record->stamp), first = true;
    const Delivery *moved = nullptr; // last, because it takes the bytes with it
    for (const Delivery &delivery : record->deliveries) {
        if (delivery.name == file.sha256 && link_count(file.path) > 1)
            continue; // its record was lost, and it lies where it belongs already, under its name
        if (record->stamp && delivery.parcel.empty()) {
            moved = &delivery;
            continue;
        }
        if (!written && (delivery.parcel.empty() || outcome != Outcome::kLoaded)) {
            deliver(file.path, named(file, delivery.name), outcome, report,
                    first && !record->stamp ? Placing::kLink : Placing::kCopy);
            first = false; // the first may share the inode that leaves ready/, the others get their own
        }
        if (!delivery.parcel.empty())
            mark_member(delivery.parcel, file.sha256, delivery.name, name_of(outcome));
    }
    if (written)
        back_to_inbox(file.path, moved != nullptr ? moved->name : file.name);
    else if (moved != nullptr)
        deliver(file.path, named(file, moved->name), outcome, report, Placing::kMove);
    forget_bytes(file);
    return true;
}

void Spool::forget_bytes(const JudgedFile &file) {
    remove_if_there(file.path); // coming back after a power cut it is settled once more, to the same end
    settled_.insert(file.sha256);
    bytes_ -= file.bytes;
    damaged_.erase(file.sha256);
    changed_ns_.erase(file.sha256);
}

// Files that came alone share the flush of the archive's folder.
void Spool::loaded(std::span<const std::string> sha256s) {
    std::vector<std::string> others;
    {
        std::lock_guard lock(mutex_);
        std::vector<JudgedFile> placed;
        const fs::path folder = folder_for(Outcome::kLoaded);
        const bool keep = config_.on_success != "delete";
        for (const std::string &sha256 : sha256s) {
            const std::optional<SpooledRecord> record = record_of(sha256);
            if (!record)
                continue;
            if (record->deliveries.size() != 1 || !record->deliveries.front().parcel.empty() || record->stamp ||
                record->deliveries.front().name == sha256) {
                others.push_back(sha256);
                continue;
            }
            if (keep)
                place_file(record->file.path, sha256, folder, file_name_for(record->deliveries.front().name), Placing::kLink,
                           tmp_ / ("deliver-" + std::to_string(++next_temp_)), Durability::kBatched);
            placed.push_back(record->file);
        }
        if (keep && !placed.empty())
            sync_folder(folder);
        for (const JudgedFile &file : placed)
            forget_bytes(file);
    }
    for (const std::string &sha256 : others)
        loaded(sha256);
}

fs::path Spool::folder_for(Outcome outcome) const {
    if (outcome != Outcome::kLoaded)
        return outcome == Outcome::kRejected ? config_.rejected : config_.failed;
    std::time_t now = std::time(nullptr);
    std::tm utc{};
    ::gmtime_r(&now, &utc);
    char year_month[16];
    std::strftime(year_month, sizeof year_month, "%Y/%m", &utc);
    return config_.archive / year_month;
}

void Spool::deliver(const fs::path &from, const JudgedFile &file, Outcome outcome, const Report &report, Placing how) {
    if (outcome == Outcome::kLoaded && config_.on_success == "delete")
        return;
    if (syncs_are_put_off())
        sync_now(from); // else a power cut could leave the name without the bytes
    fs::path temp = tmp_ / ("deliver-" + std::to_string(++next_temp_)), folder = folder_for(outcome);
    std::string name = file_name_for(file.name);
    if (outcome == Outcome::kLoaded) {
        place_file(from, file.sha256, folder, name, how, temp);
        return;
    }
    bool rejected = report.verdict != nullptr;
    Reports reports = rejected ? reports_on(file, *report.verdict)
                               : Reports{failure_text(file, report.reason), failure_json(file, report.reason)};
    fs::path place = reserve_place(from, file.sha256, folder, name, reports, temp);
    if (rejected)
        tell(json_report_of(place));
    put_in_place(from, file.sha256, place, how, temp);
}

} // namespace nem12::loader

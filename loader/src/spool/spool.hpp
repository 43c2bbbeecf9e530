#pragma once
// The spool: the only truth about "not yet loaded". Files that were accepted, moved or copied here, each ending in exactly one
// of archive/, rejected/ and failed/. Thread-safe. Every change is durable when the call returns, and every call can be
// repeated after a crash at any point inside it.
//
//   spool/tmp/            copies in progress, wiped at start
//   spool/ready/<sha256>  one MDFF awaiting load       spool/meta/<sha256>.json  what is known about it
//   spool/parcels/        archives whose members are not all settled
//   spool/outbox/         who must still hear of what (outbox/)
//   spool/lock            held while a daemon runs
//
// A file that was moved in while its writer may still have it open carries a stamp: its size and times then. When they are
// others at its end, it was written to, and it goes back to the inbox as a new delivery instead.
//
// A file that came in an archive leaves the spool without a trace when it was loaded: the archive itself goes to archive/
// when its last member is settled. When a member is refused its bytes and report go to rejected/ at once.

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.hpp"
#include "base/temp_file.hpp"
#include "config/config.hpp"
#include "judge/judged_file.hpp"
#include "judge/verdict.hpp"
#include "spool/parcels.hpp"
#include "spool/placing.hpp"
#include "spool/spooled_record.hpp"

namespace nem12::loader {

class Spool {
public:
    // Makes the folders, takes the lock, clears what a crash left. Throws FileError when the folders are not all on one file
    // system, cannot be written, or another daemon has this spool.
    explicit Spool(const IngestConfig &config);
    ~Spool();
    Spool(const Spool &) = delete;
    Spool &operator=(const Spool &) = delete;

    // For the workers, the reconciler and the commands:
    // `known_as`: the name others know it by, for one whose record was damaged.
    std::optional<JudgedFile> find(std::string_view sha256, std::string_view known_as = {});
    std::vector<JudgedFile> list() const;    // oldest file creation first
    int64_t bytes() const { return bytes_; } // ready and parcels
    std::set<std::string> missed() const;    // contents that were looked for by find() and are not here
    void forget_missed(const std::string &sha256);
    // What was added during a batch (SyncBatch) gets its name in ready/ when the batch is flushed: a file there has its record.
    void batch_is_flushed();
    bool waits_for_flush() const; // a batch failed, and what was added to it waits for another
    // The records of settled files outlive their bytes until the disk has forgotten those. To be called now and then.
    void forget_settled();

    // The three ends. False when the file is not in the spool (any more). One that was written to since it was taken goes back
    // to the inbox instead.
    void loaded(std::span<const std::string> sha256s);
    bool loaded(std::string_view sha256);                           // -> archive/YYYY/MM/NAME, or deleted (on_success)
    bool rejected(std::string_view sha256, const Verdict &verdict); // -> rejected/NAME with its reports
    bool failed(std::string_view sha256, std::string_view reason);  // -> failed/NAME with its reports

    // For intake. `temp` is a synced file made at temp_path().
    std::filesystem::path temp_path();
    // kKnown: in the spool already, delivered once more. kLater: in the spool already, and one of the two deliveries is a file
    // that may still be written to, which neither may stand for the other: nothing was done, until the spool's has its end.
    enum class Added { kNew, kKnown, kLater };
    Added add(JudgedFile &file, TempFile temp); // parent_sha256: the parcel it is a member of
    void reject(const JudgedFile &file, const std::filesystem::path &temp, const Verdict &verdict); // never gets to ready/

    // The same for bytes that are moved instead of copied: first what is known about them, then - when both are durable - the
    // bytes, by `move`, which says whether it could; when it could not, what was announced is withdrawn.
    using Mover = std::function<bool(const std::filesystem::path &to)>;
    // `stamp`: of a file whose writer may still have it open. kKnown: nothing to move.
    Added announce(const JudgedFile &file, const std::optional<Stamp> &stamp = {});
    bool adopt(JudgedFile &file, const Mover &move); // the name in ready/ lasts once sync_adopted() has returned
    void sync_adopted();
    // `from`: where the bytes are. Returns the place in rejected/ that its reports keep.
    std::filesystem::path announce_rejection(const JudgedFile &file, const Verdict &verdict, const std::filesystem::path &from);
    bool adopt_rejected(const std::filesystem::path &place, const Mover &move);

    // The file goes in, but records of it do not (on_invalid = skip): a report without the file.
    void report_skipped(const JudgedFile &file, const Verdict &verdict);

    // An archive: opened before its members are added, sealed after the last. kKnown: sealed earlier and still open; nothing
    // more to do for this delivery.
    Added open_parcel(std::string_view sha256, std::string_view name, const std::filesystem::path &temp);
    void seal_parcel(std::string_view sha256);
    // The same for one that is moved: announced before its members are added, adopted (moved and sealed) after the last.
    Added announce_parcel(std::string_view sha256, std::string_view name, const std::optional<Stamp> &stamp);
    bool adopt_parcel(std::string_view sha256, const Mover &move);

    // Told of every refused delivery with the place of its JSON report, before the delivery leaves the place where a crash
    // would lead to the same refusal. (Of those that adopt_rejected moves, whoever announces them tells.) Must not call the
    // spool.
    std::function<void(const std::filesystem::path &report)> on_report;

    // Daemons watching one inbox with spools of their own may share archive, rejected and failed.
    const IngestConfig &config() const { return config_; }

private:
    struct Report {
        const Verdict *verdict = nullptr; // rejected
        std::string_view reason;          // failed
    };

    IngestConfig config_;
    std::filesystem::path tmp_, ready_, meta_;
    UniqueFd lock_;
    Parcels parcels_;
    mutable std::mutex mutex_;
    std::atomic<int64_t> bytes_{0};
    uint64_t next_temp_ = 0;
    std::atomic<bool> adopted_{false};                       // since sync_adopted()
    std::map<std::string, int64_t, std::less<>> changed_ns_; // of those with a stamp, since they were moved in
    mutable std::set<std::string> damaged_;                  // whose record cannot be read, as the log knows
    std::set<std::string> missed_;
    std::map<std::string, TempFile> waiting_; // added, for ready/ when the batch is flushed
    std::set<std::string> settled_;           // forget_settled()

    void make_folders();
    void take_lock();
    void clear_leftovers();
    std::optional<SpooledRecord>
    record_of(std::string_view sha256) const; // throws FileError when it is there and cannot be read
    SpooledRecord record_of_bytes(std::string_view sha256, const std::filesystem::path &path) const;
    void name_waiting();
    void save(const SpooledRecord &record);
    SpooledRecord record_at_start(std::string_view sha256) const;
    SpooledRecord record_made_anew(std::string_view sha256, const std::string &why, std::string_view damaged) const;
    Added add_delivery(const JudgedFile &file, bool moved, const std::optional<Stamp> &stamp);
    void remember_change(std::string_view sha256, const std::filesystem::path &path);
    bool written_since(std::string_view sha256, const std::filesystem::path &path, const Stamp &stamp) const;
    void back_to_inbox(const std::filesystem::path &from, const std::string &name);
    void take_back_parcel(std::string_view sha256, const std::string &name); // one without a record
    void recover_parcels();
    void forget_bytes(const JudgedFile &file);
    bool settle(std::string_view sha256, Outcome outcome, const Report &report);
    void settle_parcel(const Parcel &parcel);
    void mark_member(std::string_view parcel, const std::string &sha256, const std::string &name, std::string_view outcome);
    std::filesystem::path folder_for(Outcome outcome) const;
    // One delivery to its end: the bytes under its name in the outcome's folder, with the report.
    void deliver(const std::filesystem::path &from, const JudgedFile &file, Outcome outcome, const Report &report, Placing how);
    void tell(const std::filesystem::path &report) const {
        if (on_report)
            on_report(report);
    }
};

// The bytes under their name into the inbox, as a new delivery; under "1~NAME", "2~NAME"... when another file has it. A rename
// where that is possible, else a copy, and then the original goes. Returns the name.
std::string put_into_inbox(const std::filesystem::path &from, const std::filesystem::path &inbox, const std::string &name);

// Moves files that were set aside in failed/ or rejected/ back into the inbox, for `requeue`; their reports go. Returns those
// of which there is no file. Works beside a running daemon.
std::set<std::string> put_back_into_inbox(const IngestConfig &config, std::set<std::string> sha256s);
bool put_back_into_inbox(const IngestConfig &config, std::string_view sha256); // false when none has this content

} // namespace nem12::loader

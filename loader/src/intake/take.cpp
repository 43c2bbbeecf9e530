// What Intake does with one file.

#include <cerrno>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "intake/intake.hpp"
#include "log/log.hpp"
#include "mdff/without.hpp"

namespace nem12::loader {

namespace fs = std::filesystem;

namespace {

JudgedFile spooled(const Copied &copied, const std::string &parcel) {
    JudgedFile file;
    file.sha256 = copied.sha256;
    file.name = copied.name;
    file.parent_sha256 = parcel;
    file.message_id = copied.message_id;
    file.transaction_id = copied.transaction_id;
    file.bytes = copied.bytes;
    file.file_creation = copied.verdict.file_creation;
    file.from_participant = copied.verdict.from_participant;
    file.months = copied.verdict.months;
    file.expected = expected_of(copied.verdict);
    return file;
}

ssize_t read_piece(int fd, std::span<char> room) {
    for (;;) {
        ssize_t got = ::read(fd, room.data(), room.size());
        if (got >= 0 || errno != EINTR)
            return got;
    }
}

} // namespace

Intake::Taken Intake::take(InHand &hand) {
    if (hand.may_have_writer && watch_.being_written(hand.entry.name))
        return Taken::kWaits; // it was not closed yet
    if (hand.may_have_writer && !hand.movable && wait_for_rest(hand, false))
        return Taken::kWaits; // what is written to it later is written to a file that is gone
    if (hand.entry.state.size > config_.max_file_bytes)
        return take_oversized(hand);
    ssize_t got = ::pread(hand.fd.get(), buffer_.data(), kHeadBytes, 0);
    FileKind kind = kind_of({buffer_.data(), got > 0 ? static_cast<size_t>(got) : 0});
    return kind == FileKind::kText ? take_text(hand) : take_archive(hand, kind);
}

bool Intake::leave_inbox(InHand &hand) {
    auto move = [&](const fs::path &to) { return inbox_.move(hand.entry, hand.fd.get(), to); };
    bool left = hand.announced         ? spool_.adopt(*hand.announced, move)
                : !hand.parcel.empty() ? spool_.adopt_parcel(hand.parcel, move)
                                       : inbox_.remove(hand.entry, hand.fd.get());
    if (!left) {
        log_event(LogLevel::kInfo, "file_changed", "the file changed before it was moved; it waits until it is at rest",
                  {{"file", hand.entry.name}});
        return false;
    }
    if (hand.may_have_writer)
        late_writes_.watch(std::move(hand.fd), hand.entry);
    if (hand.announced)
        accepted_.push_back(std::move(*hand.announced));
    if (hooks_.on_progress)
        hooks_.on_progress();
    return true;
}

// Empty when the file changed under the copy: it is not at rest after all and is looked at again later.
std::optional<Copied> Intake::copy(const InHand &hand, bool validate) {
    const InboxEntry &entry = hand.entry;
    int fd = hand.fd.get();
    Clock::time_point start = Clock::now();
    ::lseek(fd, 0, SEEK_SET);
    Copy copy(config_, display_text(entry.name), hand.movable ? fs::path() : spool_.temp_path(), validate);
    int64_t left = entry.state.size + 1; // one more byte than there should be betrays a file that grows
    ssize_t got = 0;
    while (left > 0 && (got = read_piece(fd, buffer_)) > 0) {
        copy.add({buffer_.data(), static_cast<size_t>(got)});
        left -= got;
    }
    if (got < 0)
        throw_file_error("cannot read", inbox_.path() / entry.name);
    Copied copied = copy.finish();
    if (hand.movable && !NEM12_WITHOUT(in_place_sync))
        sync_file(fd, inbox_.path() / entry.name);
    if (copied.bytes != entry.state.size || !inbox_.unchanged(fd, entry)) {
        log_event(LogLevel::kInfo, "file_changed", "the file changed while it was read; it waits until it is at rest",
                  {{"file", entry.name}});
        return std::nullopt;
    }
    if (metrics_ != nullptr)
        metrics_->stage_took("copy", Clock::now() - start);
    return copied;
}

bool Intake::wait_for_rest(const InHand &hand, bool complete) {
    return !complete && !inbox_.rested(hand.entry, grace_of(config_, hand.may_have_writer));
}

std::optional<Stamp> Intake::stamp(const InHand &hand) const {
    if (!hand.may_have_writer)
        return std::nullopt;
    return Stamp{hand.entry.state.inode, hand.entry.state.size, hand.entry.state.modified_ns};
}

Intake::Taken Intake::wait_for_end(const InboxEntry &entry) {
    inbox_.hold(entry, Clock::now() + std::chrono::seconds(1));
    return Taken::kWaits;
}

Intake::Taken Intake::take_text(InHand &hand) {
    const InboxEntry &entry = hand.entry;
    std::optional<Copied> copied = copy(hand, true);
    if (!copied || wait_for_rest(hand, copied->verdict.has_end))
        return Taken::kWaits;
    JudgedFile file = spooled(*copied, "");
    if (!copied->verdict.loadable) {
        rejections_.add({entry, std::move(hand.fd), std::move(file), std::move(copied->verdict), std::move(copied->temp)});
        return Taken::kRefused;
    }
    if (!hand.movable)
        return accept(*copied, "") ? Taken::kDone : wait_for_end(entry);
    if (!moving_.insert(file.sha256).second)
        return Taken::kWaits; // the same content twice in one batch: once it is in the spool, this is one more delivery
    Spool::Added added = spool_.announce(file, stamp(hand));
    if (added == Spool::Added::kLater)
        return wait_for_end(entry);
    if (copied->verdict.errors > 0)
        spool_.report_skipped(file, copied->verdict);
    if (added == Spool::Added::kKnown) {
        accepted_.push_back(std::move(file));
        return Taken::kDone;
    }
    moving_bytes_ += file.bytes;
    hand.announced = std::move(file);
    return Taken::kDone;
}

Intake::Taken Intake::take_archive(InHand &hand, FileKind kind) {
    const InboxEntry &entry = hand.entry;
    std::optional<Copied> archive = copy(hand, false);
    if (!archive)
        return Taken::kWaits;
    int64_t spooled_bytes = spool_.bytes() + moving_bytes_;
    CopiedMembers sink(config_, spool_,
                       spooled_bytes == 0 ? config_.max_archive_bytes : config_.spool_max_bytes - spooled_bytes);
    std::optional<Verdict> refused;
    try {
        expand(
            hand.fd.get(), kind, archive->name, ArchiveLimits(config_), [this] { return spool_.temp_path(); }, sink);
    } catch (const ArchiveError &error) {
        if (wait_for_rest(hand, false))
            return Taken::kWaits;
        refused = refusal(error);
        archive->message_id = error.message_id;
    }
    if (!inbox_.unchanged(hand.fd.get(), entry))
        return Taken::kWaits;
    if (refused) {
        archive->verdict.from_participant = refused->from_participant;
        rejections_.add({entry, std::move(hand.fd), spooled(*archive, ""), std::move(*refused), std::move(archive->temp)});
        return Taken::kRefused;
    }
    if (!moving_.insert(archive->sha256).second)
        return Taken::kWaits;
    Spool::Added added = hand.movable ? spool_.announce_parcel(archive->sha256, archive->name, stamp(hand))
                                      : spool_.open_parcel(archive->sha256, archive->name, archive->temp.path());
    if (added == Spool::Added::kLater)
        return wait_for_end(entry);
    if (added == Spool::Added::kKnown)
        return Taken::kDone;
    for (Copied &member : sink.take())
        accept(member, archive->sha256);
    if (!hand.movable) {
        spool_.seal_parcel(archive->sha256);
        return Taken::kDone;
    }
    moving_bytes_ += archive->bytes;
    hand.parcel = archive->sha256;
    return Taken::kDone;
}

// Never read but for its hash, and moved if that is possible.
Intake::Taken Intake::take_oversized(InHand &hand) {
    const InboxEntry &entry = hand.entry;
    JudgedFile file;
    file.name = display_text(entry.name);
    file.bytes = entry.state.size;
    if (wait_for_rest(hand, false))
        return Taken::kWaits;
    file.sha256 = sha256_of_file(inbox_.path() / entry.name);
    if (!inbox_.unchanged(hand.fd.get(), entry))
        return Taken::kWaits;
    std::string message = "the file has " + std::to_string(entry.state.size) + " bytes, more than max_file_bytes (" +
                          std::to_string(config_.max_file_bytes) + ")";
    rejections_.add({entry,
                     std::move(hand.fd),
                     std::move(file),
                     refusal("file_too_large", message, "Split the file and send the parts"),
                     {}});
    return Taken::kRefused;
}

bool Intake::accept(Copied &copied, const std::string &parcel) {
    JudgedFile file = spooled(copied, parcel);
    if (!copied.verdict.loadable) {
        Rejections::News news = rejections_.draft(file, copied.verdict);
        spool_.reject(file, copied.temp.path(), copied.verdict);
        rejections_.tell(std::move(news), file, copied.verdict);
        return true;
    }
    if (spool_.add(file, std::move(copied.temp)) == Spool::Added::kLater)
        return false;
    if (copied.verdict.errors > 0)
        spool_.report_skipped(file, copied.verdict);
    accepted_.push_back(std::move(file));
    return true;
}

// Files that are safe in the spool. One that is not offered now is by the reconciler.
void Intake::offer_accepted() {
    spool_.sync_adopted();
    const std::vector<JudgedFile> files = std::exchange(accepted_, {});
    std::vector<Offers::Result> results;
    try {
        results = offers_.offer(files);
    } catch (const std::exception &error) {
        troubles_.say(LogLevel::kError, "intake_failed", "files could not be offered to the queue; they wait in the spool",
                      files.front().name, error.what());
        results.assign(files.size(), Offers::Result::kUnreachable);
    }
    for (size_t i = 0; i < files.size(); ++i) {
        const JudgedFile &file = files[i];
        const Offers::Result result = results[i];
        if (metrics_ != nullptr)
            metrics_->file_taken_in(file.bytes);
        if (result == Offers::Result::kDuplicate && metrics_ != nullptr)
            metrics_->file_done("already_loaded");
        if (result == Offers::Result::kFull)
            set_backpressure(true, "the queue is full");
        log_event(LogLevel::kInfo, "file_taken_in", "validated and spooled",
                  {{"file", file.name},
                   {"sha256", file.sha256},
                   {"bytes", file.bytes},
                   {"days", file.expected ? file.expected->days : 0},
                   {"readings", file.expected ? file.expected->readings : 0},
                   {"queued", result == Offers::Result::kQueued}});
    }
}

} // namespace nem12::loader

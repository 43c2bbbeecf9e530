// What Intake does with one file.

#include <cerrno>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "intake/intake.hpp"
#include "log/log.hpp"

namespace nem12::loader {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kSendAgain = "Correct the file and send it again";

SpooledFile spooled(const Copied &copied, const std::string &parcel) {
    SpooledFile file;
    file.sha256 = copied.sha256;
    file.name = copied.name;
    file.parent_sha256 = parcel;
    file.bytes = copied.bytes;
    file.file_creation = copied.verdict.file_creation;
    file.months = copied.verdict.months;
    file.days = copied.verdict.days;
    file.readings = copied.verdict.readings;
    return file;
}

void drop(const fs::path &temp) {
    if (!temp.empty())
        remove_if_there(temp);
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
    if (hand.entry.state.size > config_.max_file_bytes)
        return take_oversized(hand);
    char head[8] = {};
    ssize_t got = ::pread(hand.fd.get(), head, sizeof head, 0);
    FileKind kind = kind_of({head, got > 0 ? static_cast<size_t>(got) : 0});
    return kind == FileKind::kText ? take_text(hand) : take_archive(hand.entry, hand.fd.get(), kind);
}

bool Intake::leave_inbox(InHand &hand) {
    if (!hand.announced) {
        inbox_.remove(hand.entry);
        return true;
    }
    if (!spool_.adopt(*hand.announced, [&](const fs::path &to) { return inbox_.move(hand.entry, hand.fd.get(), to); })) {
        log_event(LogLevel::kInfo, "file_changed", "the file changed before it was moved; it waits until it is at rest",
                  {{"file", hand.entry.name}});
        return false;
    }
    offer(*hand.announced);
    if (hooks_.on_progress)
        hooks_.on_progress();
    return true;
}

// Empty when the file changed under the copy: it is not at rest after all and is looked at again later.
std::optional<Copied> Intake::copy(const InboxEntry &entry, int fd, bool validate, Bytes bytes) {
    Clock::time_point start = Clock::now();
    fs::path temp = bytes == Bytes::kCopied ? spool_.temp_path() : fs::path();
    std::optional<Copied> copied;
    ::lseek(fd, 0, SEEK_SET);
    try {
        Copy copy(config_, display_text(entry.name), temp, validate);
        int64_t left = entry.state.size + 1; // one more byte than there should be betrays a file that grows
        ssize_t got = 0;
        while (left > 0 && (got = read_piece(fd, buffer_)) > 0) {
            copy.add({buffer_.data(), static_cast<size_t>(got)});
            left -= got;
        }
        if (got < 0)
            throw_file_error("cannot read", inbox_.path() / entry.name);
        copied = copy.finish();
        if (bytes == Bytes::kInPlace)
            sync_file(fd, inbox_.path() / entry.name);
    } catch (...) {
        std::error_code none;
        fs::remove(temp, none);
        throw;
    }
    if (copied->bytes != entry.state.size || !inbox_.unchanged(fd, entry)) {
        drop(temp);
        log_event(LogLevel::kInfo, "file_changed", "the file changed while it was read; it waits until it is at rest",
                  {{"file", entry.name}});
        return std::nullopt;
    }
    if (metrics_ != nullptr)
        metrics_->stage_took("copy", Clock::now() - start);
    return copied;
}

bool Intake::wait_for_rest(const InboxEntry &entry) {
    timespec wall{};
    ::clock_gettime(CLOCK_REALTIME, &wall);
    auto age = std::chrono::seconds(wall.tv_sec - entry.state.changed_ns / 1'000'000'000);
    if (age < std::chrono::seconds(0) || age >= config_.incomplete_grace)
        return false;
    inbox_.hold(entry, Clock::now() + (config_.incomplete_grace - age));
    return true;
}

Intake::Taken Intake::take_text(InHand &hand) {
    const InboxEntry &entry = hand.entry;
    int fd = hand.fd.get();
    bool in_place = inbox_.movable(fd);
    std::optional<Copied> copied = copy(entry, fd, true, in_place ? Bytes::kInPlace : Bytes::kCopied);
    if (!copied)
        return Taken::kWaits;
    if (!copied->verdict.has_end && wait_for_rest(entry)) {
        drop(copied->temp);
        return Taken::kWaits;
    }
    SpooledFile file = spooled(*copied, "");
    if (!copied->verdict.loadable) {
        rejections_.add({entry, std::move(hand.fd), std::move(file), std::move(copied->verdict), copied->temp});
        return Taken::kRefused;
    }
    if (!in_place) {
        accept(*copied, "");
        return Taken::kDone;
    }
    if (!moving_.insert(file.sha256).second)
        return Taken::kWaits; // the same content twice in one batch: once it is in the spool, this is one more delivery
    if (copied->verdict.errors > 0)
        spool_.report_skipped(file, copied->verdict);
    if (spool_.announce(file) == Spool::Added::kKnown)
        offer(file);
    else
        hand.announced = std::move(file);
    return Taken::kDone;
}

Intake::Taken Intake::take_archive(const InboxEntry &entry, int fd, FileKind kind) {
    std::optional<Copied> archive = copy(entry, fd, false);
    if (!archive)
        return Taken::kWaits;
    CopiedMembers sink(config_, spool_);
    std::optional<Verdict> refused;
    try {
        expand(
            archive->temp, kind, archive->name, ArchiveLimits(config_), [this] { return spool_.temp_path(); }, sink);
    } catch (const ArchiveError &error) {
        if (wait_for_rest(entry)) {
            remove_if_there(archive->temp);
            return Taken::kWaits;
        }
        refused = refusal(error.code(), error.what(), kSendAgain, "MDFF 3.2.2");
    }
    if (spool_.open_parcel(archive->sha256, archive->name, archive->temp) == Spool::Added::kNew) {
        if (refused) {
            spool_.reject_parcel(archive->sha256, *refused);
            SpooledFile file = spooled(*archive, "");
            rejections_.tell(file, *refused);
        } else {
            for (Copied &member : sink.take())
                accept(member, archive->sha256);
            spool_.seal_parcel(archive->sha256);
        }
    }
    return Taken::kDone;
}

// Never read but for its hash, and moved if that is possible.
Intake::Taken Intake::take_oversized(InHand &hand) {
    const InboxEntry &entry = hand.entry;
    SpooledFile file;
    file.name = display_text(entry.name);
    file.bytes = entry.state.size;
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

void Intake::accept(Copied &copied, const std::string &parcel) {
    SpooledFile file = spooled(copied, parcel);
    if (!copied.verdict.loadable) {
        spool_.reject(file, copied.temp, copied.verdict);
        rejections_.tell(file, copied.verdict);
        return;
    }
    if (copied.verdict.errors > 0)
        spool_.report_skipped(file, copied.verdict);
    spool_.add(file, copied.temp);
    offer(file);
}

// A file that is safe in the spool.
void Intake::offer(const SpooledFile &file) {
    if (metrics_ != nullptr)
        metrics_->file_taken_in(file.bytes);
    Offers::Result result = offers_.offer(file);
    if (result == Offers::Result::kDuplicate && metrics_ != nullptr)
        metrics_->file_done("already_loaded");
    if (result == Offers::Result::kFull)
        set_backpressure(true, "the queue is full");
    log_event(LogLevel::kInfo, "file_taken_in", "validated and spooled",
              {{"file", file.name},
               {"sha256", file.sha256},
               {"bytes", file.bytes},
               {"days", file.days},
               {"readings", file.readings},
               {"queued", result == Offers::Result::kQueued}});
}

} // namespace nem12::loader

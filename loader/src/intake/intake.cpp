#include "intake/intake.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "log/log.hpp"

namespace nem12::loader {

namespace fs = std::filesystem;

namespace {

// Loading goes before intake: a flood of malformed files does not slow the loading of good ones.
constexpr int kNiceness = 5;
constexpr size_t kPieceBytes = 1 << 20;
constexpr size_t kBatchFiles = 64, kBatchFrom = 4;
// A flush of the whole disk is shared by small files only: with large ones it would also wait for all that the database wrote.
constexpr int64_t kBatchedFileBytes = 1 << 20;
constexpr std::chrono::minutes kLongestPassing{5}; // smaller files go past one that does not fit into the spool

// How many of the entries are taken in together, when the queue has room for `room` files.
size_t batch_of(std::span<const InboxEntry> entries, size_t room) {
    auto large = [](const InboxEntry &entry) { return entry.state.size > kBatchedFileBytes; };
    std::span<const InboxEntry> most = entries.first(std::min({entries.size(), room, kBatchFiles}));
    size_t small = static_cast<size_t>(std::find_if(most.begin(), most.end(), large) - most.begin());
    return std::max<size_t>(small, 1);
}

} // namespace

Intake::Intake(const IngestConfig &ingest, const QueueConfig &queue_config, Spool &spool, JobQueue &queue, Outbox &outbox,
               Metrics *metrics, RightOfWay &right_of_way, IntakeHooks hooks)
    : config_(ingest), retry_seconds_(queue_config.retry_seconds), spool_(spool), queue_(queue), metrics_(metrics),
      hooks_(std::move(hooks)), inbox_(ingest), watch_(ingest.inbox), late_writes_(config_), offers_(spool, queue),
      rejections_(config_, inbox_, spool, outbox, metrics, right_of_way,
                  {[this] { watch_.wake(); },
                   [this](UniqueFd fd, const InboxEntry &entry) { late_writes_.watch(std::move(fd), entry); }}),
      buffer_(kPieceBytes), thread_(
                                "intake", [this] { return step(); }, kNiceness) {}

void Intake::start() {
    rejections_.start();
    thread_.start();
}

void Intake::stop() {
    thread_.ask_to_stop();
    watch_.wake();
    thread_.stop();
    rejections_.stop();
}

std::chrono::milliseconds Intake::step() {
    try {
        tick();
    } catch (const std::exception &error) { // disk full and the like: nothing is lost, the inbox still has the files
        troubles_.say(LogLevel::kError, "intake_failed", "files could not be taken in; trying again", "", error.what());
    }
    if (hooks_.on_progress)
        hooks_.on_progress();
    const auto pause = std::min(config_.rescan_every, std::max(config_.quiet, std::chrono::milliseconds(20)));
    if (!thread_.stopping())
        watch_.wait(inbox_files_ > 0 && !backpressure_ ? pause : config_.rescan_every);
    return std::chrono::milliseconds(0); // it was the watch's
}

bool Intake::tick() {
    if (backpressure_ && Clock::now() >= next_offer_)
        offers_.retry_full();
    offers_.follow();
    watch_.look();
    late_writes_.look();
    spool_.forget_settled();
    std::vector<InboxEntry> entries = inbox_.settled();
    size_t held = std::erase_if(entries, [this](const InboxEntry &entry) { return rejections_.holds(entry.name); });
    inbox_files_ = static_cast<int64_t>(inbox_.seen() - held);
    bool took = false;
    if (entries.empty() && backpressure_)
        room(); // nothing more to take, but the state still has to end
    for (std::span<const InboxEntry> rest = entries; !rest.empty() && !thread_.stopping() && !rejections_.full();) {
        size_t room_for = room();
        if (room_for == 0)
            break;
        idle_ = false;
        size_t count = batch_of(rest, room_for);
        int64_t before = inbox_files_;
        take_batch(rest.first(count));
        took |= inbox_files_ < before;
        rest = rest.subspan(count);
    }
    if (!rejections_.started())
        rejections_.work_off();
    ask_about_missed();
    idle_ = inbox_files_ <= 0 && offers_.open() == 0 && rejections_.idle() && late_writes_.idle();
    return took;
}

// Files are taken in by batches that share one flush of the disk. The locks are held until the inbox entries are gone.
void Intake::take_batch(std::span<const InboxEntry> entries) {
    std::optional<SyncBatch> batch;
    if (entries.size() >= kBatchFrom || spool_.waits_for_flush())
        batch.emplace(config_.spool);
    std::vector<InHand> done;
    moving_.clear();
    moving_bytes_ = 0;
    std::erase_if(crowded_, [&](const auto &item) { return !fs::exists(inbox_.path() / item.first); });
    for (const InboxEntry &entry : entries) {
        if (thread_.stopping() || backpressure_ || rejections_.full())
            break;
        if (!has_room(entry)) {
            if (Clock::now() - crowded_.at(entry.name) > kLongestPassing)
                break;
            continue;
        }
        try {
            InHand hand{entry, inbox_.open(entry), false, false, {}, {}};
            if (hand.fd) {
                hand.may_have_writer = Inbox::may_have_writer(hand.fd.get());
                hand.movable = inbox_.movable(hand.fd.get());
            }
            Taken taken = hand.fd ? take(hand) : Taken::kWaits;
            if (taken == Taken::kDone)
                done.push_back(std::move(hand));
            else if (taken == Taken::kRefused)
                --inbox_files_;
        } catch (const std::exception &error) { // a full disk, for one; another file may be smaller
            put_off(entry, error);
        }
        if (hooks_.on_progress)
            hooks_.on_progress();
    }
    if (batch) {
        batch->finish();
        spool_.batch_is_flushed();
        spool_.forget_settled();
    }
    offer_accepted();
    for (InHand &hand : done) {
        try {
            if (leave_inbox(hand))
                --inbox_files_;
        } catch (const std::exception &error) {
            put_off(hand.entry, error);
        }
    }
    offer_accepted();
}

void Intake::put_off(const InboxEntry &entry, const std::exception &error) {
    inbox_.hold_after_failure(entry);
    troubles_.say(LogLevel::kError, "intake_failed", "a file could not be taken in; it stays in the inbox and is tried again",
                  entry.name, error.what());
}

// A file that would bring the spool over its limit waits, and smaller ones go past it for a while. In an empty spool there is
// room for any.
bool Intake::has_room(const InboxEntry &entry) {
    int64_t spooled = spool_.bytes() + moving_bytes_;
    if (spooled == 0 || spooled + entry.state.size <= config_.spool_max_bytes) {
        crowded_.erase(entry.name);
        return true;
    }
    if (crowded_.try_emplace(entry.name, Clock::now()).second)
        troubles_.say(LogLevel::kWarning, "spool_full", "a file waits in the inbox until it fits into the spool", entry.name,
                      "spool_max_bytes");
    return false;
}

// Jobs whose file somebody removed from the spool: not settled before their worker has given up (the queue says so).
void Intake::ask_about_missed() {
    try {
        for (const std::string &sha256 : spool_.missed()) {
            std::optional<JobRecord> job = queue_.find(sha256);
            if (!job || (job->status != JobStatus::kPending && job->status != JobStatus::kInProgress))
                spool_.forget_missed(sha256);
        }
    } catch (const std::exception &error) {
        log_event(LogLevel::kDebug, "queue_away", error.what());
    }
}

// How many files may be taken in. Asked before every batch, so that a full queue does not copy the inbox again and again.
size_t Intake::room() {
    if (backpressure_ && Clock::now() < next_offer_)
        return 0;
    if (spool_.bytes() >= config_.spool_max_bytes) {
        set_backpressure(true, "the spool has reached spool_max_bytes");
        return 0;
    }
    try {
        int64_t room = queue_.room();
        set_backpressure(room <= 0, "the queue is full");
        return static_cast<size_t>(std::max<int64_t>(room, 0));
    } catch (const std::exception &error) {
        // Unreachable is not full: files are checked, refused or kept in the spool, and offered when the queue is back.
        log_event(LogLevel::kDebug, "queue_away", error.what());
        set_backpressure(false, "");
        return kBatchFiles;
    }
}

void Intake::set_backpressure(bool on, const char *why) {
    Clock::time_point now = Clock::now();
    if (on) {
        if (!backpressure_)
            log_event(LogLevel::kWarning, "backpressure", "intake waits; files stay in the inbox",
                      {{"why", why}, {"retry_seconds", retry_seconds_.load()}});
        if (backpressure_ && metrics_ != nullptr)
            metrics_->backpressure(now - full_since_);
        full_since_ = now;
        next_offer_ = now + std::chrono::seconds(retry_seconds_);
    } else if (backpressure_) {
        log_event(LogLevel::kInfo, "backpressure_over", "intake goes on");
        if (metrics_ != nullptr)
            metrics_->backpressure(now - full_since_);
    }
    backpressure_ = on;
}

} // namespace nem12::loader

#include "intake/intake.hpp"

#include <algorithm>
#include <exception>

#include "log/log.hpp"

namespace nem12::loader {

namespace {

constexpr size_t kBatchFiles = 64, kBatchFrom = 4;
constexpr int64_t kBatchBytes = 64 << 20;

} // namespace

Intake::Intake(const IngestConfig &ingest, const QueueConfig &queue_config, Spool &spool, JobQueue &queue, Metrics *metrics,
               IntakeHooks hooks)
    : config_(ingest), retry_seconds_(queue_config.retry_seconds), spool_(spool), queue_(queue), metrics_(metrics),
      hooks_(std::move(hooks)), inbox_(ingest), watch_(ingest.inbox), offers_(spool, queue) {}

void Intake::run(std::stop_token stop) {
    stop_ = stop;
    std::stop_callback on_stop(stop, [this] { watch_.wake(); });
    while (!stop.stop_requested()) {
        try {
            tick();
        } catch (const std::exception &error) { // disk full and the like: nothing is lost, the inbox still has the file
            log_event(LogLevel::kError, "intake_failed", "a file could not be taken in; trying again",
                      {{"error", error.what()}});
        }
        if (hooks_.on_progress)
            hooks_.on_progress();
        auto pause = std::min(config_.rescan_every, std::max(config_.quiet, std::chrono::milliseconds(20)));
        if (!stop.stop_requested())
            watch_.wait(inbox_files_ > 0 && !backpressure_ ? pause : config_.rescan_every);
    }
}

bool Intake::tick() {
    if (backpressure_ && Clock::now() >= next_offer_)
        offers_.retry_full();
    offers_.follow();
    record_rejected();
    std::vector<InboxEntry> entries = inbox_.settled();
    inbox_files_ = static_cast<int64_t>(inbox_.seen());
    bool took = false;
    if (entries.empty() && backpressure_)
        has_room(); // nothing more to take, but the state still has to end
    for (std::span<const InboxEntry> rest = entries; !rest.empty() && !stop_.stop_requested() && has_room();) {
        idle_ = false;
        size_t count = 0;
        for (int64_t bytes = 0; count < std::min(rest.size(), kBatchFiles) && (count == 0 || bytes < kBatchBytes); ++count)
            bytes += rest[count].state.size;
        int64_t before = inbox_files_;
        take_batch(rest.first(count));
        took |= inbox_files_ < before;
        rest = rest.subspan(count);
    }
    idle_ = inbox_files_ <= 0 && offers_.open() == 0 && unrecorded_.empty();
    return took;
}

// Files are taken in by batches that share one flush of the disk. The locks are held until the inbox entries are gone.
void Intake::take_batch(std::span<const InboxEntry> entries) {
    std::optional<SyncBatch> batch;
    if (entries.size() >= kBatchFrom)
        batch.emplace(config_.spool);
    std::vector<std::pair<InboxEntry, UniqueFd>> done;
    std::exception_ptr trouble;
    for (const InboxEntry &entry : entries) {
        if (stop_.stop_requested() || !has_room())
            break;
        try {
            UniqueFd fd = inbox_.open(entry);
            if (fd && take(entry, fd.get()) == Taken::kDone)
                done.emplace_back(entry, std::move(fd));
        } catch (const std::exception &) {
            trouble = std::current_exception(); // a full disk, for one; what was taken before is still good
            break;
        }
        if (hooks_.on_progress)
            hooks_.on_progress();
    }
    if (batch)
        batch->finish();
    for (const auto &[entry, fd] : done) {
        inbox_.remove(entry);
        --inbox_files_;
    }
    if (trouble)
        std::rethrow_exception(trouble);
}

// Asked before every file, so that a full queue does not copy the inbox again and again.
bool Intake::has_room() {
    if (backpressure_ && Clock::now() < next_offer_)
        return false;
    if (spool_.bytes() >= config_.spool_max_bytes) {
        set_backpressure(true, "the spool has reached spool_max_bytes");
        return false;
    }
    try {
        bool room = queue_.has_room();
        set_backpressure(!room, "the queue is full");
        return room;
    } catch (const std::exception &error) {
        // Unreachable is not full: files are checked, refused or kept in the spool, and offered when the queue is back.
        log_event(LogLevel::kDebug, "queue_away", error.what());
        set_backpressure(false, "");
        return true;
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

#pragma once
// Takes files in: inbox -> verdict -> spool and queue, or to Rejections. One thread.
//
// Order of effects: what a file becomes is durable (in ready/, or in rejected/ with reports) before its inbox entry goes. A
// file that can be moved into the spool is, once its bytes and its record are durable; every other one is copied.

#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>

#include "base/ticker.hpp"
#include "config/config.hpp"
#include "intake/copy.hpp"
#include "intake/inbox.hpp"
#include "intake/inbox_watch.hpp"
#include "intake/late_writes.hpp"
#include "intake/rejections.hpp"
#include "log/seldom_log.hpp"
#include "observe/metrics.hpp"
#include "outbox/offers.hpp"
#include "outbox/outbox.hpp"
#include "queue/job_queue.hpp"
#include "spool/spool.hpp"

namespace nem12::loader {

struct IntakeHooks {
    std::function<void()> on_progress; // between files: a heartbeat
};

class Intake {
public:
    Intake(const IngestConfig &ingest, const QueueConfig &queue_config, Spool &spool, JobQueue &queue, Outbox &outbox,
           Metrics *metrics, RightOfWay &right_of_way, IntakeHooks hooks = {});
    ~Intake() { stop(); }
    Intake(const Intake &) = delete;
    Intake &operator=(const Intake &) = delete;

    bool tick();  // one look at the inbox; true when a file was taken in
    void start(); // looks at it on a thread of its own from now on
    void stop();  // finishes the file in hand
    void wake() { watch_.wake(); }
    void set_retry_seconds(int seconds) { retry_seconds_ = seconds; } // from any thread

    // Nothing in the inbox that will be taken, nothing in hand, every spooled file settled with the queue.
    bool idle() const { return idle_; }
    bool under_backpressure() const { return backpressure_; }
    int64_t inbox_files() const { return inbox_files_ + static_cast<int64_t>(rejections_.held()); }

private:
    using Clock = std::chrono::steady_clock;

    IngestConfig config_;
    std::atomic<int> retry_seconds_;
    Spool &spool_;
    JobQueue &queue_;
    Metrics *metrics_;
    IntakeHooks hooks_;
    Inbox inbox_;
    InboxWatch watch_;
    LateWrites late_writes_;
    SeldomLog troubles_;
    Offers offers_;
    Rejections rejections_;
    std::atomic<bool> idle_{false}, backpressure_{false};
    std::atomic<int64_t> inbox_files_{0}; // but for those Rejections has
    Clock::time_point full_since_{}, next_offer_{};
    std::vector<char> buffer_;
    std::set<std::string> moving_; // contents announced in this batch whose bytes are still in the inbox
    int64_t moving_bytes_ = 0;
    std::vector<JudgedFile> accepted_;                 // to be offered when the batch is flushed
    std::map<std::string, Clock::time_point> crowded_; // entries without room in the spool, since when

    // An inbox entry that is locked for us.
    struct InHand {
        InboxEntry entry;
        UniqueFd fd;
        bool may_have_writer;                // Inbox::may_have_writer
        bool movable;                        // Inbox::movable
        std::optional<JudgedFile> announced; // it will be moved into the spool
        std::string parcel;                  // the same of an archive: its SHA-256
    };

    size_t room();
    void set_backpressure(bool on, const char *why);
    void take_batch(std::span<const InboxEntry> entries);
    // kDone: durable after the batch's sync, and then moved or removed from the inbox. kRefused: Rejections has it.
    enum class Taken { kDone, kWaits, kRefused };
    Taken take(InHand &hand);
    Taken take_text(InHand &hand);
    Taken take_archive(InHand &hand, FileKind kind);
    Taken take_oversized(InHand &hand);
    std::optional<Copied> copy(const InHand &hand, bool validate);
    bool leave_inbox(InHand &hand); // false: it stays, and is looked at again
    bool has_room(const InboxEntry &entry);
    bool wait_for_rest(const InHand &hand, bool complete);  // for what its writer may still add
    std::optional<Stamp> stamp(const InHand &hand) const;   // when it may have a writer
    Taken wait_for_end(const InboxEntry &entry);            // of another delivery of the same content
    bool accept(Copied &copied, const std::string &parcel); // false: Spool::Added::kLater
    void put_off(const InboxEntry &entry, const std::exception &error);
    void ask_about_missed();
    void offer_accepted();
    std::chrono::milliseconds step();

    Ticker thread_;
};

} // namespace nem12::loader

#pragma once
// What somebody must hear of, and may have to hear of later because he is away: the queue (how a file ended), nem12_errors (why
// it was refused), and whoever is notified of reports. Each message is a file below spool/outbox until its audience has it, so
// that nothing is forgotten at the end of the process, by a crash or by a power cut.
//
//   spool/outbox/queue/N.json    spool/outbox/errors/N.json    spool/outbox/notify/N.json    spool/outbox/aside/
//
// One lane an audience, each with a thread of its own: one that is away holds up nobody else. Messages of a lane are told in
// order, and tried again, with pauses of half a second to five, until they are told. A message is told at least once; the
// queue and nem12_errors take one that they know already without a change. What is unreadable, or never taken, goes to aside/
// with a line in the log, and holds up nothing.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/ticker.hpp"

namespace nem12::loader {

enum class Audience { kQueue, kErrors, kNotify };
std::string_view name_of(Audience audience); // queue, errors, notify: its folder

// One audience. Called from its lane only.
class Recipient {
public:
    enum class Answer {
        kTold,
        kLater, // it is away
        kNever, // it will not take them
    };

    virtual ~Recipient() = default;
    // The gate before each delivery; it may wait a moment. `stop`: the process ends.
    virtual bool open(const std::atomic<bool> & /*stop*/) { return true; }
    virtual size_t most_at_once() const { return 1; }
    virtual std::chrono::milliseconds pause_between() const { return {}; }
    // All of them or none.
    virtual Answer tell(std::span<const nlohmann::json> messages, const std::atomic<bool> &stop) = 0;
};

class Outbox {
public:
    // A message that is on disk and not sent yet, for what happens only if a later step succeeds; withdrawn unless it is sent.
    // A crash in between may send it.
    class Draft {
    public:
        Draft() = default;
        Draft(Draft &&other) noexcept
            : outbox_(std::exchange(other.outbox_, nullptr)), audience_(other.audience_), number_(other.number_) {}
        Draft &operator=(Draft &&other) noexcept;
        ~Draft() { withdraw(); }
        void send();

    private:
        friend class Outbox;
        Draft(Outbox &outbox, Audience audience, uint64_t number) : outbox_(&outbox), audience_(audience), number_(number) {}
        void withdraw();

        Outbox *outbox_ = nullptr; // nothing: sent, or none
        Audience audience_{};
        uint64_t number_ = 0;
    };

    // Finds what a former process left in `folder`. Whoever has no recipient gets nothing, now and later.
    struct Recipients {
        Recipient *queue = nullptr, *errors = nullptr, *notify = nullptr;
    };
    Outbox(const std::filesystem::path &folder, Recipients recipients);
    ~Outbox(); // stop()
    Outbox(const Outbox &) = delete;
    Outbox &operator=(const Outbox &) = delete;

    void start();
    void stop(); // what waits is told by the next process
    // Without threads: tells what can be told now.
    void deliver();

    // Durable when it returns, or when the SyncBatch of the thread is finished. Throws FileError.
    [[nodiscard]] Draft draft(Audience audience, const nlohmann::json &message);
    void put(Audience audience, const nlohmann::json &message) { draft(audience, message).send(); }

    // Nothing more can be told: all is told, but for notifications that their receiver does not take at present.
    bool idle() const;
    // So much waits for the queue or nem12_errors that nobody should make more of it. Notifications over the bound are dropped
    // with a line in the log: a broken receiver does not hold up files, and the reports are in rejected/.
    bool full() const;
    size_t waiting(Audience audience) const;

    static constexpr size_t kMostWaiting = 100'000; // messages of a lane

private:
    class Lane;
    Lane &lane(Audience audience) const { return *lanes_[static_cast<size_t>(audience)]; }

    std::vector<std::unique_ptr<Lane>> lanes_; // by Audience
};

} // namespace nem12::loader

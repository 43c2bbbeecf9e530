#pragma once
// Keeps the loader from hammering a database that is away. Pure logic: no thread and no I/O, clock and jitter are given to it.
//
//   closed ──[retries infrastructure failures in a row]──> open ──[open_for, doubling]──> half-open
//      ^ each failure: no new work for a doubling backoff        ^                            │ one canary at a time,
//      │                                                         └──failed or too late────────┤ with a deadline,
//      └──────────────────────────────────one job after it was answered───────────────────────┘ then one job
//
// Only faults of the infrastructure are reported here; a file's own faults are neither failures nor successes. Nor is it a
// success that something other than a load went well (a merge of nothing, a question): failures of loads stay in a row. Whoever
// works holds a ticket. A counted failure and every transition start a new generation, and results of older tickets are
// ignored: when one restart of the server breaks four workers, that is one failure and not four. Failures more than
// kForgetAfter apart are not in a row.

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"

namespace nem12::loader {

enum class BreakerState { kClosed, kOpen, kHalfOpen };
std::string_view name_of(BreakerState state); // closed, open, half_open

struct BreakerTicket {
    uint64_t generation = 0;
};

struct BreakerTransition {
    BreakerState from, to;
    std::string reason;
};

class CircuitBreaker {
public:
    using TimePoint = std::chrono::steady_clock::time_point;
    using Clock = std::function<TimePoint()>;
    using Jitter = std::function<double()>; // [0, 1)
    using Listener = std::function<void(const BreakerTransition &)>;

    static constexpr std::chrono::seconds kForgetAfter{60};

    explicit CircuitBreaker(const BreakerConfig &config, Clock clock = std::chrono::steady_clock::now, Jitter jitter = {});

    // May work start now? Only when closed and not backing off.
    std::optional<BreakerTicket> allow();
    // May a canary start now? Its result is due within canary_timeout, then it counts as failed.
    std::optional<BreakerTicket> try_canary();
    // The canary was committed: its holder may try one job. When that has not failed within canary_timeout, it counts as
    // answered. False when the canary came too late.
    bool canary_committed(BreakerTicket ticket);
    // The server answered the canary's holder, or the job it tried, with something that is no fault of the infrastructure:
    // closed again. Without effect on a breaker that is closed.
    void answered(BreakerTicket ticket);

    void succeeded(BreakerTicket ticket);
    void failed(BreakerTicket ticket, std::string_view reason);

    BreakerState state();
    int failures_in_a_row();
    // Until allow() or try_canary() may say yes; zero when one of them does now.
    std::chrono::milliseconds wait();

    // Called in the order of the transitions, under the breaker's lock: do not call back into it.
    void on_transition(Listener listener);

private:
    void settle(TimePoint now); // what time alone changes
    void become(BreakerState to, std::string_view reason);
    void open(TimePoint now, std::string_view reason);
    void close();
    std::chrono::milliseconds jittered(std::chrono::milliseconds base, int doublings, std::chrono::milliseconds most);

    const BreakerConfig config_;
    const Clock clock_;
    const Jitter jitter_;
    std::mutex mutex_;
    std::vector<Listener> listeners_;
    BreakerState state_ = BreakerState::kClosed;
    uint64_t generation_ = 1;
    int failures_ = 0;
    int openings_ = 0;   // since it was last closed
    std::string reason_; // of the last failure
    TimePoint last_failure_{};
    TimePoint resume_{}; // closed: end of the backoff; open: the canary's turn
    TimePoint due_{};    // half-open: of the canary, or of the job that is tried after it
    bool trial_ = false; // half-open: the canary was committed
};

} // namespace nem12::loader

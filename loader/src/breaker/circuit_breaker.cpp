#include "breaker/circuit_breaker.hpp"

#include <algorithm>
#include <random>

namespace nem12::loader {
namespace {

double random_jitter() {
    thread_local std::minstd_rand engine{std::random_device{}()};
    return std::uniform_real_distribution<double>(0.0, 1.0)(engine);
}

} // namespace

std::string_view name_of(BreakerState state) {
    switch (state) {
    case BreakerState::kClosed: return "closed";
    case BreakerState::kOpen: return "open";
    case BreakerState::kHalfOpen: return "half_open";
    }
    return "";
}

CircuitBreaker::CircuitBreaker(const BreakerConfig &config, Clock clock, Jitter jitter)
    : config_(config), clock_(std::move(clock)), jitter_(jitter ? std::move(jitter) : Jitter(random_jitter)) {}

// Equal jitter: between half and the whole of it. Full jitter can come out near zero every time.
std::chrono::milliseconds CircuitBreaker::jittered(std::chrono::milliseconds base, int doublings,
                                                   std::chrono::milliseconds most) {
    auto whole = base;
    for (int i = 0; i < doublings && whole < most; ++i)
        whole *= 2;
    whole = std::min(whole, most);
    auto half = whole / 2;
    return half + std::chrono::milliseconds(static_cast<int64_t>(jitter_() * static_cast<double>((whole - half).count())));
}

void CircuitBreaker::become(BreakerState to, std::string_view reason) {
    BreakerTransition transition{state_, to, std::string(reason)};
    state_ = to;
    ++generation_;
    for (const auto &listener : listeners_)
        listener(transition);
}

void CircuitBreaker::open(TimePoint now, std::string_view reason) {
    resume_ = now + jittered(config_.open_for, openings_++, config_.open_max);
    reason_ = reason;
    become(BreakerState::kOpen, reason);
}

void CircuitBreaker::settle(TimePoint now) {
    if (state_ == BreakerState::kHalfOpen && now >= due_) {
        if (trial_)
            close(); // it did not fail at once, and nobody waits for the end of a large file
        else
            open(now, "the canary did not answer in time");
    }
    if (state_ == BreakerState::kClosed && failures_ > 0 && now - last_failure_ > kForgetAfter)
        failures_ = 0;
}

std::optional<BreakerTicket> CircuitBreaker::allow() {
    std::lock_guard lock(mutex_);
    TimePoint now = clock_();
    settle(now);
    if (state_ != BreakerState::kClosed || now < resume_)
        return std::nullopt;
    return BreakerTicket{generation_};
}

std::optional<BreakerTicket> CircuitBreaker::try_canary() {
    std::lock_guard lock(mutex_);
    TimePoint now = clock_();
    settle(now);
    if (state_ != BreakerState::kOpen || now < resume_)
        return std::nullopt;
    due_ = now + config_.canary_timeout;
    trial_ = false;
    become(BreakerState::kHalfOpen, "trying whether it is over: " + reason_);
    return BreakerTicket{generation_};
}

bool CircuitBreaker::canary_committed(BreakerTicket ticket) {
    std::lock_guard lock(mutex_);
    settle(clock_());
    if (ticket.generation != generation_ || state_ != BreakerState::kHalfOpen)
        return false;
    due_ = clock_() + config_.canary_timeout;
    trial_ = true;
    return true;
}

void CircuitBreaker::close() {
    failures_ = 0;
    openings_ = 0;
    resume_ = {};
    become(BreakerState::kClosed, "the database takes files again");
}

void CircuitBreaker::answered(BreakerTicket ticket) {
    std::lock_guard lock(mutex_);
    settle(clock_());
    if (ticket.generation == generation_ && state_ == BreakerState::kHalfOpen)
        close();
}

void CircuitBreaker::succeeded(BreakerTicket ticket) {
    std::lock_guard lock(mutex_);
    settle(clock_());
    if (ticket.generation != generation_)
        return;
    failures_ = 0;
    if (state_ == BreakerState::kHalfOpen)
        close();
}

void CircuitBreaker::failed(BreakerTicket ticket, std::string_view reason) {
    std::lock_guard lock(mutex_);
    TimePoint now = clock_();
    settle(now);
    if (ticket.generation != generation_)
        return;
    if (state_ == BreakerState::kHalfOpen)
        return open(now, reason);
    last_failure_ = now;
    if (++failures_ >= config_.retries) {
        failures_ = 0;
        return open(now, reason);
    }
    ++generation_;
    resume_ = now + jittered(config_.backoff, failures_ - 1, config_.backoff_max);
}

BreakerState CircuitBreaker::state() {
    std::lock_guard lock(mutex_);
    settle(clock_());
    return state_;
}

int CircuitBreaker::failures_in_a_row() {
    std::lock_guard lock(mutex_);
    settle(clock_());
    return failures_;
}

std::chrono::milliseconds CircuitBreaker::wait() {
    std::lock_guard lock(mutex_);
    TimePoint now = clock_();
    settle(now);
    TimePoint until = state_ == BreakerState::kHalfOpen ? due_ : resume_;
    if (until <= now)
        return std::chrono::milliseconds(0);
    return std::chrono::ceil<std::chrono::milliseconds>(until - now);
}

void CircuitBreaker::on_transition(Listener listener) {
    std::lock_guard lock(mutex_);
    listeners_.push_back(std::move(listener));
}

} // namespace nem12::loader

#include "breaker/circuit_breaker.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <random>

namespace nem12::loader {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

class CircuitBreakerTest : public ::testing::Test {
protected:
    CircuitBreakerTest() {
        breaker_.on_transition([this](const BreakerTransition &t) { seen_.push_back(std::string(name_of(t.to))); });
    }
    void fail_once() { breaker_.failed(breaker_.allow().value(), "connection lost"); }
    void open() {
        for (int i = 0; i < config_.retries; ++i) {
            now_ += breaker_.wait();
            fail_once();
        }
    }

    BreakerConfig config_;
    CircuitBreaker::TimePoint now_{1h};
    double jitter_ = 0;
    CircuitBreaker breaker_{config_, [this] { return now_; }, [this] { return jitter_; }};
    std::vector<std::string> seen_;
};

TEST_F(CircuitBreakerTest, backs_off_with_equal_jitter_between_failures) {
    fail_once();
    EXPECT_FALSE(breaker_.allow());
    EXPECT_EQ(breaker_.wait(), 100ms); // half of 200
    now_ += 99ms;
    EXPECT_FALSE(breaker_.allow());
    now_ += 1ms;
    fail_once();
    EXPECT_EQ(breaker_.wait(), 200ms); // half of 400
    now_ += 200ms;
    jitter_ = 0.999999;
    fail_once();
    EXPECT_EQ(breaker_.wait(), 799ms); // nearly all of 800
    EXPECT_EQ(breaker_.state(), BreakerState::kClosed);
}

TEST_F(CircuitBreakerTest, opens_after_the_configured_failures_in_a_row) {
    for (int i = 0; i < 4; ++i) {
        now_ += breaker_.wait();
        fail_once();
    }
    now_ += breaker_.wait();
    breaker_.succeeded(*breaker_.allow());
    EXPECT_EQ(breaker_.failures_in_a_row(), 0);
    open();
    EXPECT_EQ(breaker_.state(), BreakerState::kOpen);
    EXPECT_FALSE(breaker_.allow());
    EXPECT_EQ(seen_, std::vector<std::string>{"open"});
}

TEST_F(CircuitBreakerTest, one_outage_seen_by_many_workers_is_one_failure) {
    std::vector<BreakerTicket> tickets;
    for (int i = 0; i < 20; ++i)
        tickets.push_back(breaker_.allow().value());
    for (auto ticket : tickets)
        breaker_.failed(ticket, "server restarted");
    EXPECT_EQ(breaker_.failures_in_a_row(), 1);
    EXPECT_EQ(breaker_.state(), BreakerState::kClosed);
}

TEST_F(CircuitBreakerTest, failures_far_apart_are_not_in_a_row) {
    for (int i = 0; i < 50; ++i) {
        fail_once();
        now_ += 61s;
    }
    EXPECT_EQ(breaker_.state(), BreakerState::kClosed);
}

TEST_F(CircuitBreakerTest, one_canary_at_a_time_closes_it) {
    open();
    EXPECT_FALSE(breaker_.try_canary());
    now_ += breaker_.wait();
    auto canary = breaker_.try_canary();
    ASSERT_TRUE(canary);
    EXPECT_EQ(breaker_.state(), BreakerState::kHalfOpen);
    EXPECT_FALSE(breaker_.try_canary());
    EXPECT_FALSE(breaker_.allow());
    breaker_.succeeded(*canary);
    EXPECT_EQ(breaker_.state(), BreakerState::kClosed);
    EXPECT_TRUE(breaker_.allow());
    EXPECT_EQ(seen_, (std::vector<std::string>{"open", "half_open", "closed"}));
}

TEST_F(CircuitBreakerTest, after_the_canary_one_job_decides) {
    open();
    for (milliseconds expected : {2500ms, 5000ms}) {
        EXPECT_EQ(breaker_.wait(), expected) << "the time doubles while jobs fail, though canaries do not";
        now_ += expected;
        auto ticket = breaker_.try_canary().value();
        EXPECT_TRUE(breaker_.canary_committed(ticket));
        EXPECT_EQ(breaker_.state(), BreakerState::kHalfOpen);
        EXPECT_FALSE(breaker_.allow());
        EXPECT_FALSE(breaker_.try_canary());
        breaker_.failed(ticket, "no space left on device");
        EXPECT_EQ(breaker_.state(), BreakerState::kOpen);
    }
    now_ += breaker_.wait();
    auto ticket = breaker_.try_canary().value();
    EXPECT_TRUE(breaker_.canary_committed(ticket));
    breaker_.answered(ticket); // loaded, refused, nothing to load
    EXPECT_EQ(breaker_.state(), BreakerState::kClosed);
}

TEST_F(CircuitBreakerTest, nobody_waits_for_the_end_of_a_large_file_that_is_tried) {
    open();
    now_ += breaker_.wait();
    auto ticket = breaker_.try_canary().value();
    now_ += config_.canary_timeout - 1ms;
    EXPECT_TRUE(breaker_.canary_committed(ticket));
    now_ += config_.canary_timeout - 1ms;
    EXPECT_EQ(breaker_.state(), BreakerState::kHalfOpen);
    now_ += 1ms;
    EXPECT_EQ(breaker_.state(), BreakerState::kClosed);
    EXPECT_FALSE(breaker_.canary_committed(ticket)) << "too late";
}

TEST_F(CircuitBreakerTest, an_answer_while_closed_is_no_success) {
    fail_once();
    now_ += breaker_.wait();
    breaker_.answered(breaker_.allow().value());
    EXPECT_EQ(breaker_.failures_in_a_row(), 1);
}

TEST_F(CircuitBreakerTest, the_reason_stays_while_it_is_tried_again) {
    std::string reason;
    breaker_.on_transition([&](const BreakerTransition &t) { reason = t.reason; });
    open();
    now_ += breaker_.wait();
    breaker_.try_canary();
    EXPECT_NE(reason.find("connection lost"), std::string::npos) << reason;
}

TEST_F(CircuitBreakerTest, waits_twice_as_long_after_each_failed_canary_up_to_the_most) {
    open();
    for (milliseconds expected : {2500ms, 5000ms, 10000ms, 20000ms, 30000ms, 30000ms}) {
        EXPECT_EQ(breaker_.wait(), expected);
        now_ += expected;
        breaker_.failed(breaker_.try_canary().value(), "refused");
    }
    now_ += breaker_.wait();
    breaker_.succeeded(*breaker_.try_canary());
    open();
    EXPECT_EQ(breaker_.wait(), 2500ms) << "starts again after it was closed";
}

TEST_F(CircuitBreakerTest, a_canary_that_never_answers_opens_it_again) {
    open();
    now_ += breaker_.wait();
    auto lost = breaker_.try_canary();
    now_ += config_.canary_timeout;
    EXPECT_EQ(breaker_.state(), BreakerState::kOpen);
    breaker_.succeeded(*lost);
    EXPECT_EQ(breaker_.state(), BreakerState::kOpen) << "too late";
}

TEST_F(CircuitBreakerTest, results_of_calls_from_before_do_not_count) {
    auto old = breaker_.allow().value();
    open();
    breaker_.succeeded(old);
    EXPECT_EQ(breaker_.state(), BreakerState::kOpen);
    now_ += breaker_.wait();
    auto canary = breaker_.try_canary();
    breaker_.failed(old, "late");
    breaker_.succeeded(old);
    EXPECT_EQ(breaker_.state(), BreakerState::kHalfOpen) << "only the canary decides";
    breaker_.succeeded(*canary);
    breaker_.failed(old, "late");
    EXPECT_EQ(breaker_.failures_in_a_row(), 0);
}

// The rules once more, written as one plain event loop over explicit deadlines.
struct Model {
    BreakerConfig config;
    int64_t now = 0, blocked_until = 0, canary_until = 0, last_failure = 0;
    int failures = 0, openings = 0, round = 0;
    char state = 'c'; // closed, open, half-open, trying one job

    int64_t wait(int64_t base, int times, int64_t most) const {
        int64_t whole = base;
        while (times-- > 0 && whole < most)
            whole *= 2;
        if (whole > most)
            whole = most;
        return whole / 2 + (whole - whole / 2) / 2; // the test's jitter is a half
    }
    void trip() {
        state = 'o', ++round, blocked_until = now + wait(config.open_for.count(), openings++, config.open_max.count());
    }
    void tick(int64_t by) {
        now += by;
        look();
    }
    void look() {
        if (state == 'h' && now >= canary_until)
            trip();
        if (state == 't' && now >= canary_until)
            shut();
        if (state == 'c' && now - last_failure > 60000)
            failures = 0;
    }
    bool allows() const { return state == 'c' && now >= blocked_until; }
    bool canary() {
        if (state != 'o' || now < blocked_until)
            return false;
        state = 'h', ++round, canary_until = now + config.canary_timeout.count();
        return true;
    }
    void shut() { state = 'c', ++round, failures = 0, openings = 0, blocked_until = 0; }
    bool committed(int ticket) {
        if (ticket != round || (state != 'h' && state != 't'))
            return false;
        state = 't', canary_until = now + config.canary_timeout.count();
        return true;
    }
    void answer(int ticket) {
        if (ticket == round && (state == 'h' || state == 't'))
            shut();
    }
    void good(int ticket) {
        if (ticket != round)
            return;
        failures = 0;
        answer(ticket);
    }
    void bad(int ticket) {
        if (ticket != round)
            return;
        if (state == 'h' || state == 't')
            return trip();
        last_failure = now;
        if (++failures >= config.retries) {
            failures = 0;
            return trip();
        }
        ++round;
        blocked_until = now + wait(config.backoff.count(), failures - 1, config.backoff_max.count());
    }
};

TEST(CircuitBreakerProperty, does_what_the_model_does_over_a_million_events) {
    BreakerConfig config;
    for (unsigned seed = 1; seed <= 100; ++seed) {
        std::mt19937 random(seed);
        config.retries = 1 + static_cast<int>(random() % 6);
        CircuitBreaker::TimePoint now{};
        CircuitBreaker breaker(
            config, [&] { return now; }, [] { return 0.5; });
        Model model{config};
        std::deque<std::pair<BreakerTicket, int>> out; // tickets in hand, ours and the model's
        for (int step = 0; step < 10000; ++step) {
            switch (random() % 6) {
            case 0:
            case 1: {
                int64_t by = static_cast<int64_t>(random() % (random() % 20 ? 1500 : 70000));
                now += milliseconds(by);
                model.tick(by);
                break;
            }
            case 2: {
                auto ticket = breaker.allow();
                ASSERT_EQ(ticket.has_value(), model.allows()) << "seed " << seed << " step " << step;
                if (ticket)
                    out.emplace_back(*ticket, model.round);
                break;
            }
            case 3: {
                auto ticket = breaker.try_canary();
                ASSERT_EQ(ticket.has_value(), model.canary()) << "seed " << seed << " step " << step;
                if (ticket)
                    out.emplace_back(*ticket, model.round);
                break;
            }
            default:
                if (out.empty())
                    break;
                size_t pick = random() % out.size();
                auto [ticket, round] = out[pick];
                if (random() % 5 == 0) {
                    ASSERT_EQ(breaker.canary_committed(ticket), model.committed(round)) << "seed " << seed << " step " << step;
                    break; // still in hand
                }
                out.erase(out.begin() + static_cast<std::ptrdiff_t>(pick));
                if (random() % 5 == 0) {
                    breaker.answered(ticket);
                    model.answer(round);
                } else if (random() % 3 == 0) {
                    breaker.succeeded(ticket);
                    model.good(round);
                } else {
                    breaker.failed(ticket, "x");
                    model.bad(round);
                }
            }
            const char *expected = model.state == 'c' ? "closed" : model.state == 'o' ? "open" : "half_open";
            ASSERT_EQ(name_of(breaker.state()), expected) << "seed " << seed << " step " << step;
            // No state without an exit: time alone always leads on.
            ASSERT_LE(breaker.wait(), config.open_max);
        }
    }
}

} // namespace
} // namespace nem12::loader

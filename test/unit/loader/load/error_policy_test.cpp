#include "load/error_policy.hpp"

#include <gtest/gtest.h>

namespace nem12::loader {
namespace {

using namespace std::chrono_literals;
using Action = Decision::Action;

Decision decide_on(const char *sqlstate, int attempts, bool lost = false) {
    return decide(DatabaseError(classify(sqlstate, lost, false), sqlstate, "x"), attempts, QueueConfig{}, 0.5);
}

TEST(ErrorPolicy, infrastructure_costs_no_attempt_and_is_the_breakers) {
    for (int attempts : {0, 4, 100}) {
        Decision decision = decide_on("57P01", attempts, true);
        EXPECT_EQ(decision.action, Action::kRetry);
        EXPECT_FALSE(decision.count_attempt);
        EXPECT_TRUE(decision.breaker_failure);
    }
}

TEST(ErrorPolicy, a_file_that_kills_its_server_process_is_given_up) {
    DatabaseError error(ErrorClass::kInfrastructure, "", "server closed the connection unexpectedly");
    error.server_process_died = true;
    EXPECT_TRUE(decide(error, 0, QueueConfig{}, 0).count_attempt);
    EXPECT_EQ(decide(error, 3, QueueConfig{}, 0).action, Action::kRetry);
    EXPECT_EQ(decide(error, 4, QueueConfig{}, 0).action, Action::kFail);
    EXPECT_TRUE(decide(error, 4, QueueConfig{}, 0).breaker_failure);
}

TEST(ErrorPolicy, contention_is_tried_max_attempts_times_with_growing_delays) {
    EXPECT_EQ(decide_on("40P01", 0).delay, 750ms);
    EXPECT_EQ(decide_on("40P01", 3).delay, 6s);
    EXPECT_TRUE(decide_on("40P01", 3).count_attempt);
    EXPECT_FALSE(decide_on("40P01", 3).breaker_failure);
    EXPECT_EQ(decide_on("40P01", 4).action, Action::kFail);
}

TEST(ErrorPolicy, a_lock_held_by_another_load_is_waited_for) {
    EXPECT_EQ(decide_on("55P03", 100).action, Action::kRetry);
    EXPECT_FALSE(decide_on("55P03", 0).count_attempt);
    EXPECT_GT(decide_on("55P03", 0).delay, 1s);
}

TEST(ErrorPolicy, data_is_rejected_at_once_and_never_counted) {
    for (const char *sqlstate : {"NM001", "22P02", "23514", "P0001"}) {
        EXPECT_EQ(decide_on(sqlstate, 0).action, Action::kReject);
        EXPECT_FALSE(decide_on(sqlstate, 0).breaker_failure);
    }
}

TEST(ErrorPolicy, config_and_corruption_pause_without_touching_the_job) {
    for (const char *sqlstate : {"42501", "42883", "28P01", "3D000", "XX001", "XX002"}) {
        EXPECT_EQ(decide_on(sqlstate, 9).action, Action::kPause);
        EXPECT_FALSE(decide_on(sqlstate, 9).count_attempt);
        EXPECT_FALSE(decide_on(sqlstate, 9).breaker_failure);
    }
}

TEST(ErrorPolicy, trouble_of_the_server_is_the_breakers_whatever_its_class) {
    for (const char *sqlstate : {"53000", "53100", "53200", "53300", "57000", "57P04", "58000", "58030", "58P01", "XX000"}) {
        EXPECT_EQ(decide_on(sqlstate, 0).action, Action::kRetry) << sqlstate;
        EXPECT_TRUE(decide_on(sqlstate, 0).breaker_failure) << sqlstate;
    }
    EXPECT_FALSE(decide_on("53100", 0).count_attempt) << "the file is innocent";
    EXPECT_TRUE(decide_on("XX000", 0).count_attempt) << "perhaps it is the file that does it";
    EXPECT_EQ(decide_on("XX000", 3).action, Action::kRetry);
    EXPECT_EQ(decide_on("XX000", 4).action, Action::kFail);
}

TEST(ErrorPolicy, limits_and_broken_protocols_get_a_second_try) {
    for (const char *sqlstate : {"53400", "08P01"}) {
        EXPECT_EQ(decide_on(sqlstate, 0).action, Action::kRetry) << sqlstate;
        EXPECT_EQ(decide_on(sqlstate, 1).action, Action::kFail) << sqlstate;
    }
}

TEST(ErrorPolicy, delays_keep_a_floor_and_a_ceiling) {
    EXPECT_EQ(retry_delay(0, 0), 500ms);
    EXPECT_EQ(retry_delay(5, 0), 16s);
    EXPECT_EQ(retry_delay(50, 0), 30s);
    EXPECT_LE(retry_delay(50, 0.999), 60s);
}

} // namespace
} // namespace nem12::loader

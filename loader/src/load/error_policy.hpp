#pragma once
// What becomes of a job whose load the server ended with an error.

#include <chrono>

#include "config/config.hpp"
#include "database/database_error.hpp"

namespace nem12::loader {

struct Decision {
    enum class Action {
        kRetry,  // back to pending
        kReject, // the file's fault: rejected/, with a report for its owner
        kFail,   // gave up: failed/, for the operator
        kPause,  // back to pending, and nothing more is claimed until it works again
    };
    Action action;
    bool count_attempt = false;
    std::chrono::milliseconds delay{0};
    bool breaker_failure = false;
};

// attempts: those counted before this one. jitter: [0, 1).
Decision decide(const DatabaseError &error, int attempts, const QueueConfig &config, double jitter);

// min(60 s, 1 s * 2^attempts), its second half by jitter.
std::chrono::milliseconds retry_delay(int attempts, double jitter);

} // namespace nem12::loader

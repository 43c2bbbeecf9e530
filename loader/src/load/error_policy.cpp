#include "load/error_policy.hpp"

#include <algorithm>

namespace nem12::loader {
namespace {

// Errors that come back the same: once more is enough to know.
constexpr int kMostTriesOfTheSame = 2;

Decision try_again(int attempts, int most, double jitter) {
    if (attempts + 1 >= most)
        return {Decision::Action::kFail};
    return {Decision::Action::kRetry, true, retry_delay(attempts, jitter)};
}

} // namespace

std::chrono::milliseconds retry_delay(int attempts, double jitter) {
    std::chrono::milliseconds whole = std::chrono::seconds(int64_t{1} << std::clamp(attempts, 0, 6));
    whole = std::min<std::chrono::milliseconds>(whole, std::chrono::seconds(60));
    return whole / 2 + std::chrono::milliseconds(static_cast<int64_t>(jitter * static_cast<double>(whole.count()) / 2));
}

Decision decide(const DatabaseError &error, int attempts, const QueueConfig &config, double jitter) {
    switch (error.error_class()) {
    case ErrorClass::kInfrastructure:
    case ErrorClass::kInDoubt: {
        // A file that kills its server process again and again must not take the server down for ever.
        Decision decision =
            error.server_process_died ? try_again(attempts, config.max_attempts, jitter) : Decision{Decision::Action::kRetry};
        decision.breaker_failure = true;
        return decision;
    }
    case ErrorClass::kContention:
        // Somebody holds this file's ledger key or a table: as long as that lasts, waiting is right.
        if (error.sqlstate() == "55P03")
            return {Decision::Action::kRetry, false, retry_delay(2, jitter)};
        return try_again(attempts, config.max_attempts, jitter);
    case ErrorClass::kSlow: return try_again(attempts, config.max_attempts, jitter);
    case ErrorClass::kData: return {Decision::Action::kReject};
    case ErrorClass::kConfig: return {Decision::Action::kPause};
    case ErrorClass::kLimit: return try_again(attempts, kMostTriesOfTheSame, jitter);
    case ErrorClass::kInternal:
        // Corrupted data or index on the server: loading more would make it worse.
        if (error.sqlstate() == "XX001" || error.sqlstate() == "XX002")
            return {Decision::Action::kPause};
        // The server's trouble, unless this file is what troubles it: the breaker counts it, and so do the attempts.
        if (error.sqlstate().starts_with("XX")) {
            Decision decision = try_again(attempts, config.max_attempts, jitter);
            decision.breaker_failure = true;
            return decision;
        }
        return try_again(attempts, kMostTriesOfTheSame, jitter);
    }
    return {Decision::Action::kPause};
}

} // namespace nem12::loader

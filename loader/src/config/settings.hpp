#pragma once
// Every setting, once: section, key, the member it fills, its limits. The reader, check-config and the test that keeps
// example.config.toml complete all walk this list, so a key cannot be known to one and not to the others.

#include <limits>
#include <span>

#include "config/config.hpp"

namespace nem12::loader {

inline constexpr int64_t kNoLimit = std::numeric_limits<int64_t>::max();

// Calls visitor(section, key, member, limits) for each. `limits` is Range for numbers and durations (in the key's unit),
// Choice for words from a closed list, AnyText, or nothing for switches.
struct Range {
    int64_t min = 0;
    int64_t max = kNoLimit;
};
struct Choice {
    std::span<const char *const> words;
};
struct AnyText {
    bool may_be_empty = true;
};
struct OnOff {};

inline constexpr const char *kOnSuccess[] = {"archive", "delete"};
inline constexpr const char *kDialects[] = {"strict", "tolerant"};
inline constexpr const char *kOnInvalid[] = {"reject", "skip"};
inline constexpr const char *kKinds[] = {"normal", "malformed", "repeated"};
inline constexpr const char *kLevels[] = {"debug", "info", "warning", "error"};
inline constexpr const char *kFormats[] = {"text", "json"};

template <typename SomeConfig, typename Visitor>
void visit_settings(SomeConfig &config, Visitor &&visit) {
    constexpr Range kCount{1, 1'000'000}, kSeconds{1, 7 * 24 * 3600}, kMilliseconds{1, 24 * 3600 * 1000}, kBytes{1, kNoLimit};

    visit("database", "conninfo", config.database.conninfo, AnyText{});
    visit("database", "user", config.database.user, AnyText{});
    visit("database", "password", config.database.password, AnyText{});
    visit("database", "max_connections", config.database.max_connections, Range{0, 10'000});

    visit("redis", "url", config.redis.url, AnyText{false});
    visit("redis", "user", config.redis.user, AnyText{});
    visit("redis", "password", config.redis.password, AnyText{});
    visit("redis", "prefix", config.redis.prefix, AnyText{false});

    visit("ingest", "inbox", config.ingest.inbox, AnyText{false});
    visit("ingest", "spool", config.ingest.spool, AnyText{false});
    visit("ingest", "archive", config.ingest.archive, AnyText{false});
    visit("ingest", "rejected", config.ingest.rejected, AnyText{false});
    visit("ingest", "failed", config.ingest.failed, AnyText{false});
    visit("ingest", "on_success", config.ingest.on_success, Choice{kOnSuccess});
    visit("ingest", "dialect", config.ingest.dialect, Choice{kDialects});
    visit("ingest", "on_invalid", config.ingest.on_invalid, Choice{kOnInvalid});
    visit("ingest", "notify_command", config.ingest.notify_command, AnyText{});
    visit("ingest", "notify_webhook", config.ingest.notify_webhook, AnyText{});
    visit("ingest", "rescan_ms", config.ingest.rescan_every, kMilliseconds);
    visit("ingest", "quiet_ms", config.ingest.quiet, Range{0, kMilliseconds.max});
    visit("ingest", "incomplete_grace_seconds", config.ingest.incomplete_grace, Range{-1, kSeconds.max});
    visit("ingest", "max_file_bytes", config.ingest.max_file_bytes, kBytes);
    visit("ingest", "max_member_bytes", config.ingest.max_member_bytes, kBytes);
    visit("ingest", "max_archive_bytes", config.ingest.max_archive_bytes, kBytes);
    visit("ingest", "max_archive_entries", config.ingest.max_archive_entries, kCount);
    visit("ingest", "max_archive_depth", config.ingest.max_archive_depth, Range{1, 10});
    visit("ingest", "max_archive_ratio", config.ingest.max_archive_ratio, kCount);
    visit("ingest", "spool_max_bytes", config.ingest.spool_max_bytes, kBytes);
    visit("ingest", "max_future_hours", config.ingest.max_future_hours, Range{0, 1'000'000});

    visit("generate", "enabled", config.generate.enabled, OnOff{});
    visit("generate", "every_seconds", config.generate.every_seconds, kSeconds);
    visit("generate", "kind", config.generate.kind, Choice{kKinds});
    visit("generate", "intervals", config.generate.intervals, Range{5, 30});
    visit("generate", "nmis", config.generate.nmis, kCount);
    visit("generate", "days", config.generate.days, Range{1, 10'000});
    visit("generate", "seed", config.generate.seed, Range{});
    visit("generate", "start", config.generate.start, AnyText{});

    visit("queue", "size", config.queue.size, Range{1, 10'000'000});
    visit("queue", "max_bytes", config.queue.max_bytes, kBytes);
    visit("queue", "retry_seconds", config.queue.retry_seconds, kSeconds);
    visit("queue", "lease_seconds", config.queue.lease_seconds, Range{3, 24 * 3600});
    visit("queue", "max_deliveries", config.queue.max_deliveries, Range{1, 1000});
    visit("queue", "max_attempts", config.queue.max_attempts, Range{1, 1000});
    visit("queue", "keep_seconds", config.queue.keep_seconds, Range{1, 10 * 365 * 24 * 3600});

    visit("process", "workers", config.process.workers, Range{1, 256});
    visit("process", "chunk_bytes", config.process.chunk_bytes, Range{4096, 64 << 20});
    visit("process", "job_timeout_seconds", config.process.job_timeout_seconds, kSeconds);
    visit("process", "drain_seconds", config.process.drain_seconds, Range{0, kSeconds.max});

    visit("breaker", "retries", config.breaker.retries, Range{1, 1000});
    visit("breaker", "backoff_ms", config.breaker.backoff, kMilliseconds);
    visit("breaker", "backoff_max_ms", config.breaker.backoff_max, kMilliseconds);
    visit("breaker", "open_for_ms", config.breaker.open_for, kMilliseconds);
    visit("breaker", "open_max_ms", config.breaker.open_max, kMilliseconds);
    visit("breaker", "canary_timeout_ms", config.breaker.canary_timeout, kMilliseconds);

    visit("merge", "every_seconds", config.merge.every_seconds, kSeconds);
    visit("merge", "max_days", config.merge.max_days, Range{1, kNoLimit});

    visit("http", "listen", config.http.listen, AnyText{});

    visit("log", "level", config.log.level, Choice{kLevels});
    visit("log", "format", config.log.format, Choice{kFormats});
}

} // namespace nem12::loader

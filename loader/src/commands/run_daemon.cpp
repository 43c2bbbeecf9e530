#include <algorithm>
#include <future>

#include <sys/resource.h>

#include "base/version.hpp"
#include "commands/cli.hpp"
#include "commands/commands.hpp"
#include "config/load_config.hpp"
#include "daemon/daemon.hpp"
#include "daemon/signals.hpp"
#include "daemon/status_line.hpp"
#include "daemon/systemd.hpp"
#include "log/log.hpp"

namespace nem12::loader {

namespace {

using Clock = std::chrono::steady_clock;
constexpr rlim_t kOpenFiles = 4096;
constexpr std::chrono::milliseconds kTick{200}, kShortTick{10}; // the short one while somebody waits for the end

// Pings systemd's watchdog as long as every thread moves.
class Watchdog {
public:
    void tick(const Daemon &daemon) {
        if (!interval_ || Clock::now() < next_) {
            return;
        }
        next_ = Clock::now() + *interval_;
        const auto stalled = daemon.stalled();
        if (stalled.empty()) {
            ping_systemd_watchdog();
        } else {
            log_event(LogLevel::kError, "stalled", "a thread does not move", {{"thread", stalled.front()}});
        }
    }

private:
    const std::optional<std::chrono::microseconds> interval_ = systemd_watchdog_interval();
    Clock::time_point next_{};
};

void reload(Daemon &daemon, const std::string &path, const std::vector<std::string> &overrides) {
    tell_systemd_reloading();
    try {
        daemon.reload(load_config(path, overrides));
    } catch (const ConfigError &error) {
        log_event(LogLevel::kError, "reload_failed", "the old configuration stays in force", {{"error", error.what()}});
    }
    tell_systemd_ready();
}

// Idle twice in a row, so that a file between two stages is not overlooked; then staging, then idle still. Never waits: signals
// are heard also during the last merge.
class IdleWatch {
public:
    bool done(Daemon &daemon) {
        if (merging_) {
            const std::optional<bool> merged = daemon.rest_merged();
            merging_ = !merged.has_value();
            return merged.value_or(false) && daemon.idle();
        }
        in_a_row_ = daemon.idle() ? in_a_row_ + 1 : 0;
        if (in_a_row_ < 2 || Clock::now() < next_merge_) {
            return false;
        }
        next_merge_ = Clock::now() + std::chrono::seconds(1);
        daemon.merge_rest();
        merging_ = true;
        return false;
    }

private:
    bool merging_ = false;
    int in_a_row_ = 0;
    Clock::time_point next_merge_{};
};

// Files that wait to be refused are held open (intake/rejections.hpp).
void allow_many_files() {
    rlimit files{};
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < kOpenFiles) {
        files.rlim_cur = std::min<rlim_t>(kOpenFiles, files.rlim_max);
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

bool drain(Daemon &daemon, Signals &signals, std::chrono::seconds longest) {
    log_event(LogLevel::kInfo, "stopping", "files in hand come to their end; a second signal stops at once");
    tell_systemd_stopping(longest + std::chrono::seconds(10));
    auto drained = std::async(std::launch::async, [&daemon] { return daemon.drain(); });
    bool forced = false;
    while (drained.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
        if (signals.next(kShortTick) == Signal::kStop && !forced) {
            forced = true;
            daemon.cut_short();
        }
    }
    return drained.get() && !forced;
}

} // namespace

int run_daemon(const std::string &config_path, const std::vector<std::string> &overrides, const RunOptions &options) {
    Signals signals; // before any thread
    const Config config = load_config(config_path, overrides);
    set_up_log(config.log.level, config.log.format);
    log_event(LogLevel::kInfo, "starting", "nem12-loader", {{"version", kVersion}, {"config", config_path}});

    allow_many_files();
    Daemon daemon(config);
    StatusLine status_line;
    Watchdog watchdog;
    IdleWatch idle;
    tell_systemd_ready();
    const auto end =
        options.for_seconds > 0 ? Clock::now() + std::chrono::seconds(options.for_seconds) : Clock::time_point::max();
    Clock::time_point next_report{};
    while (Clock::now() < end) {
        const Signal signal = signals.next(options.until_idle ? kShortTick : kTick);
        if (signal == Signal::kStop) {
            break;
        }
        if (signal == Signal::kReload) {
            reload(daemon, config_path, overrides);
        }
        if (options.until_idle && idle.done(daemon)) {
            break;
        }
        if (Clock::now() >= next_report) {
            next_report = Clock::now() + kTick;
            const StatusReport report = daemon.report();
            status_line.show(report);
            tell_systemd_status(nem12::loader::status_line(report));
        }
        watchdog.tick(daemon);
    }
    const bool clean = drain(daemon, signals, std::chrono::seconds(config.process.drain_seconds));
    log_event(LogLevel::kInfo, "stopped",
              clean ? "everything in hand is done" : "files in hand were given back; they are safe in the spool");
    return clean ? kExitOk : kExitForced;
}

} // namespace nem12::loader

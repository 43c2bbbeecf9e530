// Files straight into the database: this thread opens and validates, workers load; the next file is validated while the last
// one is still under way.

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <optional>
#include <thread>
#include <utility>

#include <unistd.h>

#include "base/files.hpp"
#include "commands/cli.hpp"
#include "commands/commands.hpp"
#include "commands/input_files.hpp"
#include "commands/progress_bar.hpp"
#include "daemon/status_report.hpp"
#include "database/installation.hpp"
#include "database/load_stream.hpp"
#include "judge/validator.hpp"
#include "log/log.hpp"
#include "outbox/server_refusal.hpp"

namespace nem12::loader {

namespace {

constexpr int kContentionTries = 5;
constexpr size_t kValidatedAhead = 4;
constexpr std::chrono::seconds kPatience{30};

struct Tally {
    int64_t loaded = 0, already = 0, rejected = 0, failed = 0, readings = 0, days = 0, staged = 0, bytes = 0;
};

int64_t size_of_all(const std::vector<std::string> &files) {
    int64_t bytes = 0;
    std::error_code unreadable;
    for (const std::string &file : files) {
        const auto size = std::filesystem::file_size(file, unreadable);
        bytes += unreadable ? 0 : static_cast<int64_t>(size);
    }
    return bytes;
}

class Loading {
public:
    Loading(const Config &config, int64_t total_bytes)
        : config_(config), options_{config.ingest.on_invalid, config.ingest.dialect, config.process.chunk_bytes,
                                    std::chrono::seconds(config.process.job_timeout_seconds), config.ingest.max_future_hours},
          progress_(total_bytes, isatty(STDERR_FILENO) == 1) {}

    Tally run(const std::vector<std::string> &files) {
        std::vector<std::thread> workers;
        const int most = config_.database.max_connections; // 0: no bound
        const int count = most == 0 ? config_.process.workers : std::min(config_.process.workers, most);
        workers.reserve(static_cast<size_t>(count));
        for (int i = 0; i < count; ++i) {
            workers.emplace_back([this] { work(); });
        }
        try {
            InputFiles inputs(config_.ingest, true);
            for (const std::string &path : files) {
                open(inputs, path);
            }
            finish(workers); // before the copies of archive members go
        } catch (...) {
            finish(workers);
            throw;
        }
        return tally_;
    }

private:
    void open(InputFiles &inputs, const std::string &path) {
        std::vector<InputFile> opened;
        try {
            opened = inputs.open(path);
        } catch (const FileError &error) {
            const std::lock_guard lock(mutex_);
            ++tally_.failed;
            progress_.print(std::string("failed     ") + error.what());
            return;
        }
        for (InputFile &input : opened) {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return waiting_.size() < kValidatedAhead; });
            waiting_.push_back(std::move(input));
            changed_.notify_all();
        }
    }

    void finish(std::vector<std::thread> &workers) {
        {
            const std::lock_guard lock(mutex_);
            no_more_ = true;
            changed_.notify_all();
        }
        for (std::thread &worker : workers) {
            if (worker.joinable()) {
                worker.join();
            }
        }
    }

    void work() {
        PgConnection connection(config_.database);
        for (;;) {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return no_more_ || !waiting_.empty(); });
            if (waiting_.empty()) {
                return;
            }
            const InputFile input = std::move(waiting_.front());
            waiting_.pop_front();
            changed_.notify_all();
            lock.unlock();
            take(connection, input);
        }
    }

    void take(PgConnection &connection, const InputFile &input) {
        try {
            if (input.verdict.loadable) {
                load(connection, input);
            } else {
                reject(connection, input, input.verdict);
            }
        } catch (const DatabaseError &error) {
            if (error.error_class() == ErrorClass::kData) {
                reject(connection, input, refusal_by_server(error, input.file, config_.ingest));
            } else {
                fail(input, error.what());
            }
        } catch (const std::exception &error) {
            fail(input, error.what());
        }
    }

    // How long to wait before a file whose load ended with this error is tried again; nothing: it failed. A lost connection is
    // tried as often as [breaker] says, and once for each file when that did not help the last one.
    std::optional<std::chrono::milliseconds> delay_after(const DatabaseError &error, int tries) {
        switch (error.error_class()) {
        case ErrorClass::kContention:
            return tries < kContentionTries ? std::optional(std::chrono::milliseconds(100 * tries)) : std::nullopt;
        case ErrorClass::kInfrastructure:
        case ErrorClass::kInDoubt: // the next try finds the file loaded, or loads it
            if (server_given_up_ || tries >= config_.breaker.retries) {
                server_given_up_ = true;
                return std::nullopt;
            }
            return std::min(config_.breaker.backoff * (int64_t{1} << std::min(tries - 1, 20)), config_.breaker.backoff_max);
        default: return std::nullopt;
        }
    }

    void load(PgConnection &connection, const InputFile &input) {
        LoadOutcome outcome;
        int64_t shown_bytes = 0, shown_readings = 0; // on the bar
        for (int tries = 1;; ++tries) {
            std::chrono::milliseconds pause{0};
            LoadProgress progress;
            // Readings are counted when they are committed; on the way they are in proportion to the bytes.
            progress.on_acknowledged = [&](int64_t bytes) {
                shown_bytes += bytes;
                const double share =
                    static_cast<double>(shown_bytes) / static_cast<double>(std::max<int64_t>(input.file.bytes, 1));
                const auto readings = static_cast<int64_t>(share * static_cast<double>(input.verdict.readings));
                progress_.add(bytes, readings - shown_readings);
                shown_readings = readings;
            };
            try {
                outcome = LoadStream(connection, months_, options_).load(input.file, progress);
                break;
            } catch (const DatabaseError &error) {
                const std::optional<std::chrono::milliseconds> delay = delay_after(error, tries);
                if (!delay) {
                    throw;
                }
                pause = *delay;
            }
            progress_.add(-std::exchange(shown_bytes, 0), -std::exchange(shown_readings, 0));
            std::this_thread::sleep_for(pause);
        }
        server_given_up_ = false;
        progress_.add(input.file.bytes - shown_bytes, outcome.readings - shown_readings);
        const bool already = outcome.status == LoadStatus::kAlreadyLoaded;
        {
            const std::lock_guard lock(mutex_);
            ++(already ? tally_.already : tally_.loaded);
            tally_.readings += outcome.readings;
            tally_.days += outcome.days_inserted;
            tally_.staged += outcome.days_staged;
            tally_.bytes += already ? 0 : input.file.bytes;
        }
        if (already) {
            progress_.print("already    " + input.file.name);
            return;
        }
        char seconds[32];
        std::snprintf(seconds, sizeof seconds, "%.2f s", outcome.seconds);
        std::string line = "loaded     " + input.file.name + "  " + with_thousands(outcome.readings) + " readings, " +
                           with_thousands(outcome.days_inserted) + " days";
        if (outcome.days_staged > 0) {
            line += " (" + with_thousands(outcome.days_staged) + " staged)";
        }
        if (outcome.accumulation_reads > 0) {
            line += ", " + with_thousands(outcome.accumulation_reads) + " accumulation reads";
        }
        if (outcome.skipped_records > 0) {
            line += ", " + with_thousands(outcome.skipped_records) + " bad records skipped";
        }
        progress_.print(line + ", " + seconds);
    }

    void reject(PgConnection &connection, const InputFile &input, const Verdict &verdict) {
        {
            const std::lock_guard lock(mutex_);
            ++tally_.rejected;
        }
        progress_.add(input.file.bytes, 0);
        progress_.print("rejected   " + input.file.name + "  " + summary_of(verdict));
        try { // the file is refused all the same when nem12_errors cannot be written
            if (!verdict.findings.empty()) {
                connection.close(); // after an error of the server it may be in the middle of anything
                connection.ensure();
                report_findings(connection, findings_report(input.file.name, input.file.sha256, verdict),
                                Patience::of(kPatience));
            }
        } catch (const DatabaseError &error) {
            log_event(LogLevel::kWarning, "report_failed", "the findings did not get into nem12_errors",
                      {{"error", error.what()}});
        }
    }

    void fail(const InputFile &input, const std::string &reason) {
        const std::lock_guard lock(mutex_);
        ++tally_.failed;
        progress_.print("failed     " + input.file.name + "  " + mask_secrets(reason));
    }

    const Config &config_;
    const LoadOptions options_;
    PreparedMonths months_;
    ProgressBar progress_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<InputFile> waiting_;
    bool no_more_ = false;
    std::atomic<bool> server_given_up_{false};
    Tally tally_;
};

} // namespace

int load_files(const Config &config, const std::vector<std::string> &files) {
    {
        PgConnection connection(config.database); // tells at once when there is no database to load into
        connection.ensure();
        require_functions(connection, {"nem12_load_begin", "nem12_load_chunk", "nem12_load_end", "nem12_prepare_months"});
    }
    const auto start = std::chrono::steady_clock::now();
    const Tally tally = Loading(config, size_of_all(files)).run(files);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::printf("%s files loaded, %s already there, %s rejected, %s failed; %s readings in %.2f s: %s readings/s\n",
                with_thousands(tally.loaded).c_str(), with_thousands(tally.already).c_str(),
                with_thousands(tally.rejected).c_str(), with_thousands(tally.failed).c_str(),
                with_thousands(tally.readings).c_str(), seconds,
                with_thousands(static_cast<int64_t>(static_cast<double>(tally.readings) / std::max(seconds, 0.001))).c_str());
    if (tally.staged > 0) {
        std::printf("%s days wait in staging: nem12-loader merge, or SELECT * FROM nem12_merge_staging()\n",
                    with_thousands(tally.staged).c_str());
    }
    if (tally.failed > 0) {
        return kExitCouldNotRun;
    }
    return tally.rejected > 0 ? kExitSomeBad : kExitOk;
}

} // namespace nem12::loader

#include "commands/cli.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <functional>
#include <sstream>

#include <CLI/CLI.hpp>

#include "base/files.hpp"
#include "base/nearest.hpp"
#include "base/version.hpp"
#include "commands/commands.hpp"
#include "config/load_config.hpp"
#include "config/settings.hpp"
#include "export/export_request.hpp"
#include "log/log.hpp"

namespace nem12::loader {

namespace {

// --config and --set, the same everywhere.
struct Source {
    std::string path;
    std::vector<std::string> overrides;

    void add_to(CLI::App &command, bool required) {
        CLI::Option *option =
            command.add_option("--config", path, "config.toml (see example.config.toml)")->check(CLI::ExistingFile);
        if (required) {
            option->required();
        }
        command.add_option("--set", overrides, "section.key=value, put over the file; repeatable")->allow_extra_args(false);
    }

    // For all but the daemon, which reads it again and again. What goes well is no news to a person who waits for the answer.
    Config read() const {
        Config config = path.empty() ? parse_config("", "config.toml", overrides) : load_config(path, overrides);
        set_up_log(config.log.level == "info" ? "warning" : config.log.level, config.log.format);
        return config;
    }
};

// Options that stand for a key of the configuration.
struct Shortcuts {
    std::string db, dialect, on_invalid;
    int workers = 0;

    void apply_to(Config &config) const {
        if (!db.empty()) {
            config.database.conninfo = db;
        }
        if (!dialect.empty()) {
            config.ingest.dialect = dialect;
        }
        if (!on_invalid.empty()) {
            config.ingest.on_invalid = on_invalid;
        }
        if (workers > 0) {
            config.process.workers = workers;
        }
    }
};

template <size_t N>
std::vector<std::string> words(const char *const (&choice)[N]) {
    return {std::begin(choice), std::end(choice)};
}

// Everybody on the host can read a process's arguments: values that may hold a secret are overwritten.
void hide_secrets(int argc, char **argv) {
    const auto hide = [](char *value, bool key_stays) {
        char *equals = key_stays ? std::strchr(value, '=') : nullptr;
        value = equals == nullptr ? value : equals + 1;
        std::memset(value, '*', std::strlen(value));
    };
    for (int n = 1; n < argc; ++n) {
        for (const std::string_view option : {"--db", "--set"}) {
            const std::string_view argument = argv[n];
            const bool key_stays = option == "--set"; // the value is section.key=value
            if (argument == option && n + 1 < argc) {
                hide(argv[n + 1], key_stays);
            } else if (argument.starts_with(option) && argument.substr(option.size()).starts_with('=')) {
                hide(argv[n] + option.size() + 1, key_stays);
            }
        }
    }
}

class CommandLine {
public:
    CommandLine() {
        app_.require_subcommand(1);
        app_.set_version_flag("--version", "nem12-loader " + std::string(kVersion));
        app_.footer("Exit codes: 0 done; 1 some files are bad (export: not there); 2 could not run; 3 stopped before the files "
                    "in hand were done.");
        add_run();
        add_load();
        add_export();
        add_validate();
        add_generate();
        add_status();
        add_jobs();
        add_report();
        add_requeue();
        add_merge();
        add_check_config();
    }

    int run(int argc, char **argv) {
        try {
            app_.parse(argc, argv);
        } catch (const CLI::ParseError &error) {
            std::ostringstream out, err;
            const int code = app_.exit(error, out, err);
            std::fputs(out.str().c_str(), stdout);
            const std::string unknown = unknown_command(argc, argv);
            std::fputs(unknown.empty() ? mask_secrets(err.str()).c_str() : unknown.c_str(), stderr);
            return code == 0 ? kExitOk : kExitCouldNotRun;
        }
        hide_secrets(argc, argv);
        return chosen_();
    }

private:
    // CLI11 calls it a missing one. Empty when the first word is a command, or there is none.
    std::string unknown_command(int argc, char **argv) const {
        if (argc < 2 || argv[1][0] == '-')
            return {};
        std::vector<std::string> known;
        for (const CLI::App *command : app_.get_subcommands({}))
            known.push_back(command->get_name());
        if (std::find(known.begin(), known.end(), argv[1]) != known.end())
            return {};
        const std::string near = nearest(argv[1], known);
        return "unknown command \"" + display_text(argv[1]) + "\"" + (near.empty() ? "" : "; did you mean \"" + near + "\"?") +
               "\nRun with --help for more information.\n";
    }

    CLI::App &command(const char *name, const char *what, std::function<int()> action) {
        CLI::App *command = app_.add_subcommand(name, what);
        command->callback([this, action = std::move(action)] { chosen_ = action; });
        return *command;
    }

    void add_database(CLI::App &command) {
        command.add_option("--db", shortcuts_.db, "libpq connection string; without it [database] or the PG* variables");
    }

    void add_dialect(CLI::App &command) {
        command.add_option("--dialect", shortcuts_.dialect, "strict (default) or tolerant")
            ->check(CLI::IsMember(words(kDialects)));
    }

    void add_run() {
        CLI::App &run = command("run", "The daemon: inbox to database",
                                [this] { return run_daemon(source_.path, source_.overrides, run_options_); });
        source_.add_to(run, true);
        run.add_flag("--until-idle", run_options_.until_idle, "load and merge what is there, then exit");
        run.add_option("--for", run_options_.for_seconds, "exit after this many seconds")->check(CLI::PositiveNumber);
    }

    void add_load() {
        CLI::App &load = command("load", "Load files straight into the database, without Redis", [this] {
            Config config = source_.read();
            shortcuts_.apply_to(config);
            return load_files(config, files_);
        });
        source_.add_to(load, false);
        add_database(load);
        load.add_option("--on-invalid", shortcuts_.on_invalid, "reject (default) the file, or skip its bad records")
            ->check(CLI::IsMember(words(kOnInvalid)));
        add_dialect(load);
        load.add_option("--workers", shortcuts_.workers, "files loaded at once")->check(CLI::Range(1, 256));
        load.add_option("FILE", files_, "csv, zip, gz or aseXML")->required();
    }

    void add_export() {
        CLI::App &exporting = command("export", "Write what is stored as files: NEM12, NEM13, or csv of readings", [this] {
            Config config = source_.read();
            shortcuts_.apply_to(config);
            return export_files(config, export_);
        });
        source_.add_to(exporting, false);
        add_database(exporting);
        exporting.add_option("--nmi", export_.nmis, "only this NMI (10 characters); repeatable")->allow_extra_args(false);
        exporting.add_option("--from", export_.from, "CCYY-MM-DD, first day");
        exporting.add_option("--to", export_.to, "CCYY-MM-DD, last day, included");
        exporting.add_option("--as-of", export_.as_of, "what was known then: '2025-04-01 09:00' market time, or with a zone");
        exporting.add_option("--format", export_.format, "nem12 (default), nem13, or csv: one reading a line")
            ->check(CLI::IsMember(words(kExportFormats)));
        exporting.add_option("-o,--output", export_.out, "file, a directory, or - for standard output")->required();
        exporting.add_flag("--per-nmi", export_.per_nmi, "a file for each NMI, in the directory");
        exporting.add_flag("--gzip", export_.gzip, "pack them");
        exporting.add_flag("--force", export_.force, "replace files that exist");
        exporting.add_option("--from-participant", export_.from_participant, "of the 100 record");
        exporting.add_option("--to-participant", export_.to_participant, "of the 100 record");
        exporting.add_option("--created", export_.created, "of the 100 record, market time (now)");
    }

    void add_validate() {
        CLI::App &validate = command("validate", "Check files against the rules of the format", [this] {
            Config config = source_.read();
            shortcuts_.apply_to(config);
            return validate_files(config, files_, format_ == "json");
        });
        source_.add_to(validate, false);
        add_dialect(validate);
        validate.add_option("--format", format_, "text (default) or json")->check(CLI::IsMember(words(kFormats)));
        validate.add_option("FILE", files_, "csv, zip, gz or aseXML")->required();
    }

    void add_generate() {
        CLI::App &generate =
            command("generate", "Write an MDFF to try things with", [this] { return generate_file(generate_); });
        generate.option_defaults()->always_capture_default();
        generate.add_option("--kind", generate_.kind, "normal, malformed or repeated")->check(CLI::IsMember(words(kKinds)));
        generate.add_option("--interval", generate_.interval, "minutes")->check(CLI::IsMember({5, 15, 30}));
        generate.add_option("--nmis", generate_.nmis, "how many NMIs")->check(CLI::Range(1, 1'000'000));
        generate.add_option("--days", generate_.days, "how many days of each")->check(CLI::Range(1, 10'000));
        generate.add_option("--seed", generate_.seed, "the same seed gives the same file");
        generate.option_defaults()->always_capture_default(false);
        generate.add_option("--start", generate_.start,
                            "CCYY-MM-DD of the first day; without it so that the last is yesterday");
        generate.add_option("-o,--output", generate_.out, "file, or a directory")->required();
    }

    void add_status() {
        CLI::App &status = command("status", "Jobs by status, circuit breaker, staging", [this] {
            return watch_ ? watch_status(source_.read()) : show_status(source_.read(), json_);
        });
        source_.add_to(status, true);
        CLI::Option *json = status.add_flag("--json", json_, "for programs, with whole SHA-256s");
        status.add_flag("--watch", watch_, "renewed each second, until Ctrl-C")->excludes(json);
    }

    // The filter of a page of the console, in its words.
    std::vector<CLI::Option *> add_filter(CLI::App &command, const std::string &statuses) {
        const std::pair<const char *, std::string> kOptions[] = {
            {"status", statuses},
            {"sender", "from participant of the 100 record"},
            {"rule", "code of the rule a rejected file broke first, or cause of a failed one"},
            {"name", "part of the file's name"},
            {"since", "2026-11-30, '2026-11-30 04:05' (UTC), or an age: 90m, 24h, 7d"},
            {"until", "likewise"}};
        std::vector<CLI::Option *> options;
        for (const auto &[key, what] : kOptions) {
            options.push_back(command.add_option_function<std::string>(
                std::string("--") + key, [this, key = key](const std::string &value) { query_[key] = value; }, what));
        }
        return options;
    }

    void add_jobs() {
        CLI::App &jobs = command("jobs", "Look for files by status, sender, rule, name and time, latest first",
                                 [this] { return list_jobs(source_.read(), query_, json_); });
        source_.add_to(jobs, true);
        add_filter(jobs, "pending, in_progress, success, failed, rejected; several with commas");
        jobs.add_option_function<std::string>(
                "--limit", [this](const std::string &value) { query_["limit"] = value; }, "at most so many (50)")
            ->check(CLI::Range(1, 1'000'000));
        jobs.add_flag("--json", json_);
    }

    void add_report() {
        CLI::App &report = command("report", "What was loaded and refused, by sender or by rule",
                                   [this] { return report_jobs(source_.read(), by_, query_["since"], json_); });
        source_.add_to(report, true);
        report.add_option("--by", by_, "sender (default) or rule")->check(CLI::IsMember({"sender", "rule"}));
        report.add_option_function<std::string>(
            "--since", [this](const std::string &value) { query_["since"] = value; }, "a date (UTC) or an age: 90m, 24h, 7d");
        report.add_flag("--json", json_);
    }

    void add_requeue() {
        CLI::App &requeue = command("requeue", "Give failed or rejected files another try", [this] {
            requeue_.filter = query_;
            return requeue_jobs(source_.read(), ids_, requeue_);
        });
        source_.add_to(requeue, true);
        CLI::Option *ids =
            requeue.add_option("ID", ids_, "SHA-256 of the file or its beginning, as status and reports show it; or its name");
        CLI::Option *failed = requeue.add_flag("--all-failed", requeue_.all_failed, "every failed file")->excludes(ids);
        CLI::Option *rejected =
            requeue
                .add_flag("--all-rejected", requeue_.all_rejected, "every rejected file, after a change of [ingest] dialect")
                ->excludes(ids);
        for (CLI::Option *option : add_filter(requeue, "failed, rejected (both)"))
            option->excludes(ids)->excludes(failed)->excludes(rejected);
    }

    void add_merge() {
        CLI::App &merge = command("merge", "Merge staging now, until nothing is left to merge", [this] {
            Config config = source_.read();
            shortcuts_.apply_to(config);
            return merge_now(config);
        });
        source_.add_to(merge, false);
        add_database(merge);
    }

    void add_check_config() {
        CLI::App &check = command("check-config", "Read the configuration and show what holds", [this] {
            const Config config = source_.read();
            return connect_ ? check_environment(config) : check_config(config);
        });
        source_.add_to(check, true);
        check.add_flag("--connect", connect_,
                       "look at all that the daemon needs instead: database, extension, rights, Redis, directories");
    }

    CLI::App app_{"nem12-loader: NEM12 and NEM13 meter files into PostgreSQL"};
    std::function<int()> chosen_;
    Source source_;
    Shortcuts shortcuts_;
    RunOptions run_options_;
    GenerateOptions generate_;
    ExportOptions export_;
    RequeueOptions requeue_;
    std::vector<std::string> files_, ids_;
    std::string format_ = "text", by_ = "sender";
    Query query_;
    bool json_ = false, connect_ = false, watch_ = false;
};

} // namespace

int run_cli(int argc, char **argv) {
    try {
        return CommandLine().run(argc, argv);
    } catch (const ConfigError &error) {
        for (const std::string &message : error.messages()) {
            std::fprintf(stderr, "%s\n", message.c_str());
        }
    } catch (const std::exception &error) {
        std::fprintf(stderr, "nem12-loader: %s\n", mask_secrets(error.what()).c_str());
    }
    return kExitCouldNotRun;
}

} // namespace nem12::loader

#pragma once
// One function for each subcommand; each returns its exit code (cli.hpp). Errors that keep a command from running at all are
// thrown and reported by run_cli.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "console/html.hpp"

namespace nem12::loader {

struct RunOptions {
    bool until_idle = false; // leave when inbox, queue, spool and staging are empty
    int for_seconds = 0;     // leave after; 0: never
};
int run_daemon(const std::string &config_path, const std::vector<std::string> &overrides, const RunOptions &options);

// `config` says where and how (database, dialect, on_invalid, archive limits, workers); no Redis, no spool.
int load_files(const Config &config, const std::vector<std::string> &files);

int validate_files(const Config &config, const std::vector<std::string> &files, bool json);

struct GenerateOptions {
    std::string kind = "normal";
    int interval = 5;
    int nmis = 50;
    int days = 50;
    uint64_t seed = 1;
    std::string start;
    std::string out;
};
int generate_file(const GenerateOptions &options);

struct ExportOptions {
    std::vector<std::string> nmis;                         // none: all
    std::string from, to;                                  // CCYY-MM-DD, both included
    std::string as_of;                                     // a moment, as PostgreSQL reads it; market time where it has no zone
    std::string format = "nem12";                          // nem12, nem13, csv
    std::string from_participant, to_participant, created; // of the 100 record
    std::string out;                                       // a file, a folder, or -
    bool per_nmi = false, gzip = false, force = false;
};
// 1 when nothing, or nothing of an NMI that was named, is stored.
int export_files(const Config &config, const ExportOptions &options);

int show_status(const Config &config, bool json);
int watch_status(const Config &config); // until a signal ends it
int merge_now(const Config &config);

struct RequeueOptions {
    bool all_failed = false, all_rejected = false;
    Query filter = {}; // over jobs; see console/filter_text.hpp
};
// Files by their SHA-256, the beginning of it, or their name; 1 when one is not there, or means several.
int requeue_jobs(const Config &config, const std::vector<std::string> &files, const RequeueOptions &options);

int list_jobs(const Config &config, const Query &filter, bool json);
int report_jobs(const Config &config, const std::string &by, const std::string &since, bool json); // by: sender, rule
int check_config(const Config &config);
// A list of what the daemon needs, each with what to do where it is missing; 1 when something is.
int check_environment(const Config &config);

} // namespace nem12::loader

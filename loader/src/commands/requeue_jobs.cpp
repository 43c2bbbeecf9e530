#include <cstdio>

#include <nlohmann/json.hpp>

#include "commands/cli.hpp"
#include "commands/commands.hpp"
#include "spool/spool.hpp"

namespace nem12::loader {

namespace {

// The SHA-256 of every file set aside in failed/, from the reports beside them.
std::vector<std::string> failed_ids(const IngestConfig &config) {
    std::vector<std::string> ids;
    std::error_code missing;
    for (const auto &entry : std::filesystem::directory_iterator(config.failed, missing)) {
        if (entry.path().string().ends_with(".report.json")) {
            const auto report = nlohmann::json::parse(read_file(entry.path()), nullptr, false);
            if (report.is_object() && report.contains("sha256")) {
                ids.push_back(report["sha256"]);
            }
        }
    }
    return ids;
}

} // namespace

// The file goes back to the inbox, and the daemon takes it in like any other: nothing here depends on Redis being up.
int requeue_jobs(const Config &config, const std::vector<std::string> &ids, bool all_failed) {
    if (ids.empty() && !all_failed) {
        std::fprintf(stderr, "nem12-loader: which? Give the SHA-256 of files, or --all-failed\n");
        return kExitCouldNotRun;
    }
    int missing = 0, moved = 0;
    for (const std::string &id : all_failed ? failed_ids(config.ingest) : ids) {
        if (put_back_into_inbox(config.ingest, id)) {
            ++moved;
            std::printf("%s is in the inbox again\n", id.c_str());
        } else {
            ++missing;
            std::fprintf(stderr, "nem12-loader: neither failed nor rejected holds a file %s\n", id.c_str());
        }
    }
    std::printf("%d files put back\n", moved);
    return missing == 0 ? kExitOk : kExitSomeBad;
}

} // namespace nem12::loader

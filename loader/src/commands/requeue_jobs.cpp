#include <algorithm>
#include <cstdio>
#include <set>

#include <nlohmann/json.hpp>

#include "base/files.hpp"
#include "commands/cli.hpp"
#include "commands/commands.hpp"
#include "console/filter_text.hpp"
#include "queue/job_index.hpp"
#include "spool/spool.hpp"

namespace nem12::loader {

namespace {

struct SetAside {
    std::string sha256, name; // the name it has in there
};

// The files in failed/ or rejected/, from the reports beside them.
std::vector<SetAside> set_aside_in(const std::filesystem::path &folder) {
    constexpr std::string_view kSuffix = ".report.json";
    std::vector<SetAside> files;
    std::error_code missing;
    for (const auto &entry : std::filesystem::directory_iterator(folder, missing)) {
        std::string name = entry.path().filename().string();
        if (!name.ends_with(kSuffix))
            continue;
        name.resize(name.size() - kSuffix.size());
        const auto report = nlohmann::json::parse(read_file(entry.path()), nullptr, false);
        // An archive's members have reports without a file of their own.
        if (report.is_object() && report.contains("sha256") && std::filesystem::is_regular_file(folder / name, missing))
            files.push_back({report["sha256"], name});
    }
    return files;
}

// Everything that `word` may mean: a SHA-256, its beginning, a name. Sorted, each content once.
std::vector<SetAside> meant_by(const std::string &word, const std::vector<SetAside> &files) {
    constexpr size_t kShortest = 6; // digits that are no accident
    std::vector<SetAside> found;
    for (const SetAside &file : files)
        if ((word.size() >= kShortest && file.sha256.starts_with(word)) || file.name == word)
            found.push_back(file);
    std::sort(found.begin(), found.end(), [](const auto &a, const auto &b) { return a.sha256 < b.sha256; });
    found.erase(std::unique(found.begin(), found.end(), [](const auto &a, const auto &b) { return a.sha256 == b.sha256; }),
                found.end());
    return found;
}

int requeue_matching(const Config &config, const Query &filter) {
    JobIndex index(config.redis);
    const std::vector<std::string> ids = ids_set_aside(index, filter_from(filter, now_ms()));
    const std::set<std::string> wanted(ids.begin(), ids.end());
    const std::set<std::string> missing = put_back_into_inbox(config.ingest, wanted);
    for (const std::string &id : missing)
        std::fprintf(stderr, "nem12-loader: neither failed nor rejected holds a file %s\n", id.c_str());
    const size_t moved = wanted.size() - missing.size();
    std::printf(moved == 1 ? "%zu file put back\n" : "%zu files put back\n", moved);
    return missing.empty() ? kExitOk : kExitSomeBad;
}

} // namespace

// The file goes back to the inbox, and the daemon takes it in like any other: only a filter needs Redis.
int requeue_jobs(const Config &config, const std::vector<std::string> &files, const RequeueOptions &options) {
    if (!options.filter.empty())
        return requeue_matching(config, options.filter);
    if (files.empty() && !options.all_failed && !options.all_rejected) {
        std::fprintf(stderr,
                     "nem12-loader: which? Give SHA-256s or names of files, --all-failed, --all-rejected, or a filter (--rule, "
                     "--sender...)\n");
        return kExitCouldNotRun;
    }
    const std::vector<SetAside> failed = set_aside_in(config.ingest.failed), rejected = set_aside_in(config.ingest.rejected);
    std::vector<SetAside> all = failed, chosen;
    all.insert(all.end(), rejected.begin(), rejected.end());
    int missing = 0, moved = 0;
    for (const std::string &word : files) {
        const std::vector<SetAside> found = meant_by(word, all);
        if (found.size() == 1) {
            chosen.push_back(found[0]);
            continue;
        }
        ++missing;
        std::fprintf(stderr,
                     found.empty() ? "nem12-loader: neither failed nor rejected holds a file %s\n"
                                   : "nem12-loader: %s may be:\n",
                     display_text(word).c_str());
        for (const SetAside &file : found)
            std::fprintf(stderr, "  %s  %s\n", file.sha256.c_str(), display_text(file.name).c_str());
    }
    if (options.all_failed)
        chosen.insert(chosen.end(), failed.begin(), failed.end());
    if (options.all_rejected)
        chosen.insert(chosen.end(), rejected.begin(), rejected.end());
    std::set<std::string> wanted;
    for (const SetAside &file : chosen)
        wanted.insert(file.sha256);
    const std::set<std::string> gone = put_back_into_inbox(config.ingest, wanted);
    for (const SetAside &file : chosen) {
        if (!gone.contains(file.sha256)) {
            ++moved;
            std::printf("%s %s is in the inbox again\n", file.sha256.c_str(), display_text(file.name).c_str());
        }
    }
    std::printf(moved == 1 ? "%d file put back\n" : "%d files put back\n", moved);
    return missing == 0 ? kExitOk : kExitSomeBad;
}

} // namespace nem12::loader

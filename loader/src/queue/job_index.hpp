#pragma once
// Jobs as people look for them: by status, sender, rule, name and time, in pages. Of ended jobs for as long as Redis keeps them
// ([queue] keep_seconds).

#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "queue/job_queue.hpp"
#include "queue/redis_functions.hpp"

namespace nem12::loader {

enum class JobOrder { kTime, kName, kBytes };
std::string_view name_of(JobOrder order); // time, name, bytes

struct JobFilter {
    std::set<JobStatus> statuses = {};  // empty: all
    std::string sender = {}, rule = {}; // exactly; empty: any
    std::string name = {};              // a part of it, in any case
    // When it ended; for one in progress when it was claimed, for a pending one when it was queued. Unix milliseconds.
    int64_t since_ms = 0, until_ms = int64_t{1} << 50;
    JobOrder order = JobOrder::kTime;
    bool descending = true;
    int limit = 50;
    std::string after = {}; // JobPage::next of the page before
};

struct JobPage {
    int64_t total = 0; // that match, on all pages
    std::vector<JobRecord> jobs;
    std::string next; // empty: this was the last
};

// How many ended so since a time.
struct JobTally {
    JobStatus status;
    std::string sender, rule;
    int64_t jobs = 0;
};

// One call of Redis for each. Thread-safe. Throws RedisError.
class JobIndex {
public:
    explicit JobIndex(const RedisConfig &redis) : functions_(redis) {}

    JobPage select(const JobFilter &filter);
    std::optional<JobRecord> find(std::string_view id);
    std::vector<JobTally> tally(int64_t since_ms);
    // A failed or rejected job that nobody has to look at any more. False when it is none, or dismissed already.
    bool dismiss(std::string_view id);

private:
    RedisFunctions functions_;
};

// The ids of all failed and rejected jobs that a filter matches, whatever its page. Throws std::invalid_argument when it asks
// for jobs of another status.
std::vector<std::string> ids_set_aside(JobIndex &index, JobFilter filter);

} // namespace nem12::loader

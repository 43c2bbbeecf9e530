#pragma once

#include <filesystem>
#include <string>

namespace nem12::loader {

// The home of the jobs whose files are in this spool (see make_redis_job_queue): host name and path.
std::string queue_home(const std::filesystem::path &spool);

} // namespace nem12::loader

#include "queue/home.hpp"

#include <unistd.h>

namespace nem12::loader {

std::string queue_home(const std::filesystem::path &spool) {
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    std::error_code ignored;
    auto path = std::filesystem::weakly_canonical(spool, ignored);
    return std::string(host) + ":" + (path.empty() ? spool : path).string();
}

} // namespace nem12::loader

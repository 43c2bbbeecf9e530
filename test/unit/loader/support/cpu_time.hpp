#pragma once
// What the calling thread has computed: for bounds on work, which a busy machine must not break.

#include <chrono>
#include <ctime>

namespace nem12::loader::test {

inline std::chrono::nanoseconds cpu_time() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

} // namespace nem12::loader::test

#include "cpu/cpu.hpp"

#include <atomic>

namespace mdff {

CpuLevel best_cpu_level() noexcept {
#ifdef MDFF_AVX2
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
        __builtin_cpu_supports("popcnt"))
        return CpuLevel::kAvx2;
#endif
    return CpuLevel::kPortable;
}

namespace {

std::atomic<CpuLevel> chosen{best_cpu_level()}; // portable until the program's constructors have run

} // namespace

CpuLevel cpu_level() noexcept { return chosen.load(std::memory_order_relaxed); }

bool use_cpu_level(CpuLevel level) noexcept {
    if (level > best_cpu_level())
        return false;
    chosen.store(level, std::memory_order_relaxed);
    return true;
}

} // namespace mdff

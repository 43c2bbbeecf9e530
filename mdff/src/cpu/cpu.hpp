#pragma once
// Which implementation of a kernel runs: there is one for every processor, and one for those with AVX2. Both give the same
// results.

#include <cstddef>
#include <cstdint>

#if defined(__x86_64__)
// Compiled for AVX2 function by function, so that the library runs on every x86-64 and chooses at run time.
#define MDFF_AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt")))
#endif

namespace mdff {

enum class CpuLevel : uint8_t { kPortable, kAvx2 };

CpuLevel best_cpu_level() noexcept;          // of this processor
CpuLevel cpu_level() noexcept;               // in use: the best, unless another was chosen
bool use_cpu_level(CpuLevel level) noexcept; // for tests and benchmarks; false where the processor lacks it

// `sets` holds the kernels of one job by level; the set for the level in use.
template <typename Kernels, size_t Levels>
const Kernels &kernels_of(const Kernels (&sets)[Levels]) noexcept {
    return sets[static_cast<size_t>(cpu_level())];
}

} // namespace mdff

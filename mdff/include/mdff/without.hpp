#pragma once
// NEM12_WITHOUT(safeguard): false. Only in the build of `make check-mutants` (-DNEM12_MUTANTS) the environment variable
// NEM12_MUTANT can name a safeguard that is left out, to see whether a test notices. docs/reliability.md lists them.

#ifdef NEM12_MUTANTS
#include <cstdlib>
#include <string_view>

namespace mdff {
inline bool is_without(std::string_view safeguard) {
    const char *mutant = std::getenv("NEM12_MUTANT");
    return mutant != nullptr && safeguard == mutant;
}
} // namespace mdff
#define NEM12_WITHOUT(safeguard) ::mdff::is_without(#safeguard)
#else
#define NEM12_WITHOUT(safeguard) false
#endif

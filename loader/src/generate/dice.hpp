#pragma once
// Repeatable chance: splitmix64, the same numbers on every machine and standard library.

#include <cstdint>

namespace nem12::loader {

class Dice {
public:
    explicit constexpr Dice(uint64_t seed) : state_(seed) {}
    template <typename... More>
    constexpr Dice(uint64_t seed, uint64_t next, More... more) : Dice(mix(seed ^ mix(next)), more...) {}

    constexpr uint64_t next() { return mix(state_ += 0x9E3779B97F4A7C15u); }
    constexpr int below(int limit) { return static_cast<int>(next() % static_cast<uint64_t>(limit)); } // 0..limit-1
    // low..high, both included; without a division.
    constexpr int64_t between(int64_t low, int64_t high) {
        return low + static_cast<int64_t>(((next() >> 32) * static_cast<uint64_t>(high - low + 1)) >> 32);
    }
    constexpr bool one_in(int n) { return below(n) == 0; }

private:
    uint64_t state_;

    static constexpr uint64_t mix(uint64_t x) {
        x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
        x = (x ^ x >> 27) * 0x94D049BB133111EBu;
        return x ^ x >> 31;
    }
};

} // namespace nem12::loader

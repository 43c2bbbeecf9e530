#pragma once
// Made-up interval values that look like real ones: for the generator and for benchmarks. Integer arithmetic only and
// a function of its arguments alone, so the same call gives the same day on every machine.

#include <cstdint>
#include <span>

#include "mdff/calendar.hpp"

namespace nem12::loader {

enum class LoadShape : uint8_t {
    kHousehold,      // base load, fridge cycle, morning and evening peaks, kettle spikes; higher in winter and summer
    kSolarExport,    // zero at night, a bell by day whose width follows the season (southern), broken by clouds
    kControlledLoad, // zero but for hours of hot water at an almost constant value, around midnight
    kRandom,         // uniform 0..2.500 an interval: the worst case for packing
};

inline constexpr int kLoadShapeScale = 3; // kWh with three decimals

// Fills values[i] with interval i + 1 of `date`, mantissas at kLoadShapeScale, never negative. `seed` stands for the channel:
// the same seed keeps its habits from day to day. `interval_length` is 5, 15 or 30 minutes; no more than 1440 / interval_length
// values are written, values beyond stay as they are.
void fill_load_shape(LoadShape shape, uint64_t seed, mdff::Date date, int interval_length, std::span<int64_t> values);

} // namespace nem12::loader

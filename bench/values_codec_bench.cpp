// Bytes per reading and time per reading of the values codec, for each load shape and interval length.

#include <array>
#include <vector>

#include <benchmark/benchmark.h>

#include "generate/load_shape.hpp"
#include "mdff/storage/values_codec.hpp"

namespace {

using namespace mdff;
using namespace nem12::loader;

// A thousand days of as many channels: enough that branches cannot be learnt by heart.
constexpr size_t kDays = 1'000;

struct Fixture {
    size_t count;
    std::vector<int64_t> values;
    std::vector<std::vector<std::byte>> images;
    size_t bytes = 0;
};

constexpr const char *kShapeNames[] = {"household", "solar export", "controlled load", "random"};

Fixture make_fixture(benchmark::State &state) {
    const auto shape = static_cast<LoadShape>(state.range(0));
    const auto interval_length = static_cast<int>(state.range(1));
    state.SetLabel(kShapeNames[state.range(0)]);
    Fixture fixture{static_cast<size_t>(kMinutesPerDay / interval_length), {}, {}};
    fixture.values.resize(fixture.count * kDays);
    for (size_t day = 0; day < kDays; day++) {
        const std::span<int64_t> values(&fixture.values[day * fixture.count], fixture.count);
        fill_load_shape(shape, day, Date{19'000 + static_cast<int32_t>(day % 365)}, interval_length, values);
        std::vector<std::byte> image(kMaxEncodedValues);
        image.resize(encode_values(values, kLoadShapeScale, image));
        fixture.bytes += image.size();
        fixture.images.push_back(std::move(image));
    }
    return fixture;
}

void report(benchmark::State &state, const Fixture &fixture) {
    const auto readings = static_cast<double>(fixture.count * kDays);
    state.counters["B/reading"] = static_cast<double>(fixture.bytes) / readings;
    state.counters["s/reading"] = benchmark::Counter(static_cast<double>(state.iterations()) * readings,
                                                     benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void values_encode(benchmark::State &state) {
    const Fixture fixture = make_fixture(state);
    std::array<std::byte, kMaxEncodedValues> out;
    for (auto _ : state) {
        for (size_t day = 0; day < kDays; day++) {
            const std::span<const int64_t> values(&fixture.values[day * fixture.count], fixture.count);
            benchmark::DoNotOptimize(encode_values(values, kLoadShapeScale, out));
        }
    }
    report(state, fixture);
}

void values_decode(benchmark::State &state) {
    const Fixture fixture = make_fixture(state);
    std::array<int64_t, kMaxIntervals> out;
    for (auto _ : state) {
        for (const std::vector<std::byte> &image : fixture.images) {
            benchmark::DoNotOptimize(decode_values(image, out));
        }
    }
    report(state, fixture);
}

void values_summarize(benchmark::State &state) {
    const Fixture fixture = make_fixture(state);
    ValuesSummary out;
    for (auto _ : state) {
        for (const std::vector<std::byte> &image : fixture.images) {
            benchmark::DoNotOptimize(summarize_values(image, out));
        }
    }
    report(state, fixture);
}

void values_check(benchmark::State &state) {
    const Fixture fixture = make_fixture(state);
    for (auto _ : state) {
        for (const std::vector<std::byte> &image : fixture.images) {
            benchmark::DoNotOptimize(check_values(image));
        }
    }
    report(state, fixture);
}

void all_shapes(benchmark::internal::Benchmark *bench) {
    bench->ArgNames({"shape", "interval"})->ArgsProduct({{0, 1, 2, 3}, {5, 15, 30}});
}

BENCHMARK(values_encode)->Apply(all_shapes);
BENCHMARK(values_decode)->Apply(all_shapes);
BENCHMARK(values_summarize)->Apply(all_shapes);
BENCHMARK(values_check)->Apply(all_shapes);

} // namespace

// Bytes per reading and time per reading of the values codec, for each load shape and interval length.

#include <array>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "mdff/load_shape.hpp"
#include "mdff/values_codec.hpp"

namespace {

using namespace mdff;

// A thousand days of as many channels: enough that branches cannot be learnt by heart.
constexpr size_t kDays = 1'000;

struct Fixture {
    size_t count;
    std::vector<int64_t> values;
    std::vector<std::vector<std::byte>> images;
    size_t bytes = 0;
};

Fixture make_fixture(LoadShape shape, int interval_length) {
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

void encode(benchmark::State &state, LoadShape shape, int interval_length) {
    const Fixture fixture = make_fixture(shape, interval_length);
    std::array<std::byte, kMaxEncodedValues> out;
    for (auto _ : state) {
        for (size_t day = 0; day < kDays; day++) {
            benchmark::DoNotOptimize(encode_values({&fixture.values[day * fixture.count], fixture.count}, kLoadShapeScale, out));
        }
    }
    report(state, fixture);
}

void decode(benchmark::State &state, LoadShape shape, int interval_length) {
    const Fixture fixture = make_fixture(shape, interval_length);
    std::array<int64_t, kMaxIntervals> out;
    for (auto _ : state) {
        for (const std::vector<std::byte> &image : fixture.images) {
            benchmark::DoNotOptimize(decode_values(image, out));
        }
    }
    report(state, fixture);
}

void summarize(benchmark::State &state, LoadShape shape, int interval_length) {
    const Fixture fixture = make_fixture(shape, interval_length);
    ValuesSummary out;
    for (auto _ : state) {
        for (const std::vector<std::byte> &image : fixture.images) {
            benchmark::DoNotOptimize(summarize_values(image, out));
        }
    }
    report(state, fixture);
}

void check(benchmark::State &state, LoadShape shape, int interval_length) {
    const Fixture fixture = make_fixture(shape, interval_length);
    for (auto _ : state) {
        for (const std::vector<std::byte> &image : fixture.images) {
            benchmark::DoNotOptimize(check_values(image));
        }
    }
    report(state, fixture);
}

struct Case {
    const char *name;
    void (*run)(benchmark::State &, LoadShape, int);
};

struct Shape {
    const char *name;
    LoadShape shape;
};

constexpr Case kCases[] = {{"encode", encode}, {"decode", decode}, {"summarize", summarize}, {"check", check}};
constexpr Shape kShapes[] = {{"household", LoadShape::kHousehold},
                             {"solar_export", LoadShape::kSolarExport},
                             {"controlled_load", LoadShape::kControlledLoad},
                             {"random", LoadShape::kRandom}};

} // namespace

int main(int argc, char **argv) {
    for (const Case &what : kCases) {
        for (const Shape &shape : kShapes) {
            for (const int interval_length : {5, 15, 30}) {
                const std::string name = std::string(what.name) + "/" + shape.name + "/" + std::to_string(interval_length);
                benchmark::RegisterBenchmark(name.c_str(), [&what, &shape, interval_length](benchmark::State &state) {
                    what.run(state, shape.shape, interval_length);
                });
            }
        }
    }
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
        return 1;
    }
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}

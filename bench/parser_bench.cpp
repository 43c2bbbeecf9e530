// Bytes of MDFF text a core reads in a second: every rule checked, every value converted.

#include <benchmark/benchmark.h>

#include <memory>
#include <random>
#include <string>

#include "cpu/cpu.hpp"
#include "mdff/parser.hpp"

namespace {

using namespace mdff;

enum class Values { kRealistic, kRandom };

std::string make_value(Values kind, int interval, int count, std::mt19937 &random) {
    char text[32];
    if (kind == Values::kRandom) {
        const auto thousandths = static_cast<unsigned>(random() % 1'000'000);
        std::snprintf(text, sizeof text, "%u.%03u", thousandths / 1000, thousandths % 1000);
    } else {
        // A house: little at night, a peak in the evening; all below 1 kWh an interval.
        const bool evening = interval > count * 2 / 3 && interval < count * 5 / 6;
        std::snprintf(text, sizeof text, "0.%03u", static_cast<unsigned>(random() % (evening ? 900 : 120)));
    }
    return text;
}

std::string make_file(int interval_length, Values kind) {
    std::mt19937 random(1);
    std::string file = "100,NEM12,202305010000,MDP1,RETAILER1\r\n";
    const int count = kMinutesPerDay / interval_length;
    for (int channel = 0; file.size() < (8U << 20); ++channel) {
        file += "200,NEM12" + std::to_string(10000 + channel % 90000) + ",E1,E1,E1,N1,METER" + std::to_string(channel) +
                ",KWH," + std::to_string(interval_length) + ",20230601\r\n";
        for (int day = 1; day <= 30; ++day) {
            file += "300,202304" + std::to_string(100 + day).substr(1);
            for (int i = 0; i < count; ++i) {
                file += ',';
                file += make_value(kind, i, count, random);
            }
            file += ",A,,,20230501000000,20230501010000\r\n";
        }
    }
    return file + "900\r\n";
}

void parse(benchmark::State &state, int interval_length, Values kind, CpuLevel level) {
    const CpuLevel before = cpu_level();
    if (!use_cpu_level(level)) {
        state.SkipWithError("the processor lacks this level");
        return;
    }
    const std::string file = make_file(interval_length, kind);
    constexpr size_t kChunk = 256 * 1024;
    uint64_t readings = 0;
    for (auto _ : state) {
        auto parser = std::make_unique<Parser>(ParserOptions{});
        int64_t sum = 0;
        const auto drain = [&](Event until) {
            for (Event event; (event = parser->next()) != until;) {
                if (event == Event::kDay)
                    sum += parser->day().values[0];
            }
        };
        for (size_t at = 0; at < file.size(); at += kChunk) {
            parser->push(std::span(file).subspan(at, std::min(kChunk, file.size() - at)));
            drain(Event::kNeedInput);
        }
        parser->finish();
        drain(Event::kEndOfInput);
        benchmark::DoNotOptimize(sum);
        if (parser->counts().errors != 0)
            state.SkipWithError("the file must be valid");
        readings += parser->counts().readings;
    }
    state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * file.size()));
    state.counters["readings"] = benchmark::Counter(static_cast<double>(readings), benchmark::Counter::kIsRate);
    use_cpu_level(before);
}

BENCHMARK_CAPTURE(parse, realistic_5min_avx2, 5, Values::kRealistic, CpuLevel::kAvx2);
BENCHMARK_CAPTURE(parse, random_5min_avx2, 5, Values::kRandom, CpuLevel::kAvx2);
BENCHMARK_CAPTURE(parse, realistic_30min_avx2, 30, Values::kRealistic, CpuLevel::kAvx2);
BENCHMARK_CAPTURE(parse, realistic_5min_portable, 5, Values::kRealistic, CpuLevel::kPortable);
BENCHMARK_CAPTURE(parse, random_5min_portable, 5, Values::kRandom, CpuLevel::kPortable);
BENCHMARK_CAPTURE(parse, realistic_30min_portable, 30, Values::kRealistic, CpuLevel::kPortable);

} // namespace

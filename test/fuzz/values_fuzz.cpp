// The values codec on arbitrary bytes: no reader leaves them, the readers agree, and an accepted image is the canonical one.

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>

#include "mdff/storage/values_codec.hpp"
#include "require.hpp"
#include "storage/values_block.hpp"

namespace {

using namespace mdff;

void read_all(std::span<const std::byte> bytes) {
    ValuesHeader header{};
    ValuesSummary summary{};
    std::array<int64_t, kMaxIntervals> values{};
    std::array<__int128, kMaxIntervals> totals{};
    const bool decodes = read_values_header(bytes, header) && decode_values(bytes, values);
    NEM12_REQUIRE(summarize_values(bytes, summary) == decodes);
    NEM12_REQUIRE(add_values(bytes, totals) == decodes);
    if (!decodes) {
        NEM12_REQUIRE(!check_values(bytes));
        return;
    }
    __int128 sum = 0;
    for (int i = 0; i < header.count; i++) {
        int64_t value = 0;
        NEM12_REQUIRE(value_at(bytes, i, value) && value == values[static_cast<size_t>(i)] && value >= summary.min &&
                      value <= summary.max && totals[static_cast<size_t>(i)] == value);
        sum += value;
    }
    NEM12_REQUIRE(sum == summary.sum);
    if (check_values(bytes)) {
        std::array<std::byte, kMaxEncodedValues> again;
        NEM12_REQUIRE(encode_values({values.data(), header.count}, header.scale, again) == bytes.size());
        NEM12_REQUIRE(std::memcmp(again.data(), bytes.data(), bytes.size()) == 0);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const auto bytes = std::make_unique<std::byte[]>(size); // a block of its own, so that a look beyond it is seen
    std::copy_n(reinterpret_cast<const std::byte *>(data), size, bytes.get());
    for (const CpuLevel level : {CpuLevel::kPortable, best_cpu_level()}) {
        use_cpu_level(level);
        read_all({bytes.get(), size});
    }
    return 0;
}

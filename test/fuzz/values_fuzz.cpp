// The values codec on arbitrary bytes: no reader leaves them, the readers agree, and an accepted image is the canonical one.

#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "mdff/values_codec.hpp"
#include "values_block.hpp"

namespace {

using namespace mdff;

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

void read_all(std::span<const std::byte> bytes) {
    ValuesHeader header{};
    ValuesSummary summary{};
    std::array<int64_t, kMaxIntervals> values{};
    std::array<__int128, kMaxIntervals> totals{};
    const bool decodes = read_values_header(bytes, header) && decode_values(bytes, values);
    require(summarize_values(bytes, summary) == decodes);
    require(add_values(bytes, totals) == decodes);
    if (!decodes) {
        require(!check_values(bytes));
        return;
    }
    __int128 sum = 0;
    for (int i = 0; i < header.count; i++) {
        int64_t value = 0;
        require(value_at(bytes, i, value) && value == values[static_cast<size_t>(i)] && value >= summary.min &&
                value <= summary.max && totals[static_cast<size_t>(i)] == value);
        sum += value;
    }
    require(sum == summary.sum);
    if (check_values(bytes)) {
        std::array<std::byte, kMaxEncodedValues> again;
        require(encode_values({values.data(), header.count}, header.scale, again) == bytes.size());
        require(std::memcmp(again.data(), bytes.data(), bytes.size()) == 0);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    for (const bool portable : {true, false}) {
        detail::use_portable_kernels(portable);
        read_all({reinterpret_cast<const std::byte *>(data), size});
    }
    return 0;
}

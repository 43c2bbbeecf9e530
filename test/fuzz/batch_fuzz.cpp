// Any bytes through the parser with the batch of parsed rows behind it: whatever the sizes of chunks and batches, the same
// rows.

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "load_tables.hpp"
#include "server.hpp"

namespace {

using namespace nem12::pg::test;

void check(bool holds) {
    if (!holds)
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    constexpr size_t kSettings = 4;
    if (size < kSettings)
        return 0;
    LoadSettings settings;
    settings.dialect = data[0] % 2 == 0 ? mdff::Dialect::kStrict : mdff::Dialect::kTolerant;
    settings.skip_invalid = data[0] / 2 % 2 == 1;
    hash_mask = data[0] / 4 % 2 == 1 ? 1 : ~uint32{0}; // different channels get the same number
    settings.limits = {1000, 1 << 20};
    const std::string_view file(reinterpret_cast<const char *>(data) + kSettings, size - kSettings);
    const LoadedFile whole = load_file(file, settings);
    settings.chunk = size_t{data[1]} + 1;
    settings.limits = {data[2] % 8 + 1, size_t{data[3]} * 16 + 1};
    const LoadedFile cut = load_file(file, settings);
    check(cut.error == whole.error);
    check(cut.tables == whole.tables);
    for (const StoredBatch &batch : cut.batches) {
        const auto rows = static_cast<size_t>(settings.limits.rows);
        check(batch.days.size() <= rows && batch.b2bs.size() <= rows && batch.reads.size() <= rows);
    }
    return 0;
}

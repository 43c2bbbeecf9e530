// Any bytes through the parser and the batch of parsed rows behind it, outside a server: whatever the limits of a batch and the
// sizes of the chunks sent, the tables and the error are the same, byte for byte.
//
// Input: a byte for dialect, on_invalid and details that share a number, one for the rows of a batch, one for its bytes, one
// for the chunks, the file.

#include <cstdint>

#include "require.hpp" // first: the server's headers make a macro of fprintf

#include "extension/support/load_tables.hpp"
#include "extension/support/server.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    using namespace nem12::load::test;
    if (size < 4)
        return 0;
    const std::string_view file(reinterpret_cast<const char *>(data) + 4, size - 4);
    LoadSettings settings;
    settings.dialect = data[0] % 2 == 0 ? mdff::Dialect::kStrict : mdff::Dialect::kTolerant;
    settings.skip_invalid = data[0] / 2 % 2 != 0;
    hash_mask = data[0] / 4 % 2 != 0 ? 1 : ~uint32{0}; // different channels get the same number
    const LoadedFile whole = load_file(file, settings);
    settings.limits = {1 + data[1] % 9, size_t{1} << (data[2] % 22)};
    settings.chunk = size_t{1} + data[3];
    const LoadedFile in_pieces = load_file(file, settings);
    NEM12_REQUIRE(in_pieces.error == whole.error);
    NEM12_REQUIRE(in_pieces.tables == whole.tables);
    const auto rows = static_cast<size_t>(settings.limits.rows);
    for (const StoredBatch &batch : in_pieces.batches)
        NEM12_REQUIRE(batch.days.size() <= rows && batch.b2bs.size() <= rows && batch.reads.size() <= rows);
    return 0;
}

// Any text in the place of a record of the spool: it is refused, or read and written again the same.

#include <cstdint>

#include "require.hpp"
#include "spool/spooled_record.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    using namespace nem12::loader;
    SpooledRecord record;
    if (!from_json({reinterpret_cast<const char *>(data), size}, record))
        return 0;
    const std::string text = to_json(record);
    SpooledRecord again;
    NEM12_REQUIRE(from_json(text, again));
    NEM12_REQUIRE(to_json(again) == text);
    NEM12_REQUIRE(again.file.sha256 == record.file.sha256 && again.file.bytes == record.file.bytes);
    NEM12_REQUIRE(again.deliveries == record.deliveries && again.moved == record.moved);
    return 0;
}

#pragma once
// Writes made-up NEM12 files: realistic shapes, some substituted and variable days, some manual reads; on demand broken in the
// ways real files break (about 5 % of the records of a malformed file, at least one). Streams: memory does not grow with the
// file.

#include <functional>
#include <string_view>

#include "generate/spec.hpp"

namespace nem12::loader {

struct Generated {
    uint64_t bytes = 0, records = 0, days = 0, readings = 0, damaged_records = 0;
};

// `write` gets pieces of up to some hundred kilobytes.
Generated generate(const GenerateSpec &spec, const std::function<void(std::string_view)> &write);

} // namespace nem12::loader

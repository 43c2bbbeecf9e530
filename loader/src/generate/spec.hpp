#pragma once
// What one generated file is made from. The same spec gives the same bytes on every machine.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mdff/calendar.hpp"

namespace nem12::loader {

enum class GenerateKind { kNormal, kMalformed, kRepeated };
std::optional<GenerateKind> generate_kind(std::string_view name); // normal, malformed, repeated
std::string_view name_of(GenerateKind kind);

struct GenerateSpec {
    GenerateKind kind = GenerateKind::kNormal;
    int interval = 30; // minutes: 5, 15, 30
    int nmis = 50;     // each has E1; every third B1 (solar) and every fourth E2 (controlled load) too
    int days = 50;
    uint64_t seed = 1;
    mdff::Date start = mdff::kNoDate;           // first day
    mdff::DateTime created = mdff::kNoDateTime; // the 100's DateTime, market time
    uint64_t first_nmi = 0;                     // NMIs are numbered from here; the seed picks the range
    int revision = 0;                           // 0: first delivery; another number: other values for the same NMIs and days
};

// `created` for a file whose days are all over: the morning after the last one.
mdff::DateTime morning_after(mdff::Date start, int days);

// The same NMIs and days again: newer, equal and older file creation with other values, and a newer one with another interval
// length.
std::vector<GenerateSpec> repeated_deliveries(const GenerateSpec &first);

// NEM12#<UniqueID>#GENMDP#LOADER.csv (MDFF 3.2.2); another spec, another UniqueID.
std::string generated_file_name(const GenerateSpec &spec);

std::string generated_nmi(const GenerateSpec &spec, int index); // 10 characters

} // namespace nem12::loader

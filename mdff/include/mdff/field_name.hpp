#pragma once
// What the standard calls the fields of its records (MDFF 4, 5).

#include <string_view>

namespace mdff {

// "QualityMethod" of record 400 and field 3, counted from 0 as in Finding; "" for what has no name. The fields of a 300 behind
// its date have none here: their numbers depend on the channel's interval length.
std::string_view field_name(int record, int field) noexcept;

} // namespace mdff

#pragma once
// nem12_values datums and exact numerics.

#include <cstddef>
#include <cstdint>
#include <span>

#include "mdff/storage/values_codec.hpp"
#include "pg/postgres.hpp"

namespace nem12::values {

// The codec's bytes inside a datum made packed by PG_DETOAST_DATUM_PACKED.
inline std::span<const std::byte> values_bytes(const varlena *packed) {
    return {reinterpret_cast<const std::byte *>(VARDATA_ANY(packed)), static_cast<size_t>(VARSIZE_ANY_EXHDR(packed))};
}

// A day as the codec gives it back.
struct DecodedDay {
    mdff::ValuesHeader header;
    int64_t values[mdff::kMaxIntervals];
};

// All of these raise ERROR XX001 on bytes that cannot be decoded.
void decode_day(const varlena *packed, DecodedDay &out);
mdff::ValuesHeader values_header(const varlena *packed);
mdff::ValuesSummary values_summary(const varlena *packed);

// Packs 1..288 mantissas into a new datum.
varlena *make_values(std::span<const int64_t> mantissas, uint8_t scale);

// mantissa / 10^scale, exactly.
inline Numeric make_numeric(int64_t mantissa, int scale) { return int64_div_fast_to_numeric(mantissa, scale); }
Numeric make_numeric_from_total(int128 total, int scale);

} // namespace nem12::values

#define NEM12_GETARG_VALUES(n) (reinterpret_cast<varlena *>(PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(n))))

#pragma once
// PostgreSQL's stored form of a numeric, written without numeric.c's detours: a view gives out millions of them.

#include <cstdint>

#include "pg/postgres.hpp"

namespace nem12::pg {

// Room for any mantissa at any scale up to 7: header and base-10000 digits.
struct alignas(int32) NumericImage {
    char bytes[24];
};

// mantissa / 10^scale, exactly, as int64_div_fast_to_numeric gives it. Lives in `image`, except where the mantissa is
// beyond 10^15; then it is palloc'd.
Numeric write_numeric(int64_t mantissa, int scale, NumericImage &image);

} // namespace nem12::pg

// Days computed from days: nem12_resample, the sum and the difference of two. Exact, but for the rounding that a mean may need.

#include <algorithm>

#include "pg/boundary.hpp"
#include "pg/text.hpp"
#include "values/datum.hpp"

namespace nem12::values {
namespace {

// Mantissas that may be too long for a reading until finish() has looked at them.
struct Totals {
    int count;
    int scale; // <= mdff::kMaxScale
    int128 values[mdff::kMaxIntervals];
};

[[noreturn]] void report_too_long(int number) {
    ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE), errmsg("value %d would need more than 18 digits", number)));
}

varlena *finish(const Totals &totals) {
    int64_t mantissas[mdff::kMaxIntervals];
    // Zeros at the end need no digits, and the codec would take them off anyhow.
    int128 unit = 1;
    uint8_t scale = static_cast<uint8_t>(totals.scale);
    const auto is_divisible = [&totals](int128 by) {
        for (int i = 0; i < totals.count; ++i) {
            if (totals.values[i] % by != 0)
                return false;
        }
        return true;
    };
    while (scale > 0 && is_divisible(unit * 10)) {
        unit *= 10;
        --scale;
    }
    for (int i = 0; i < totals.count; ++i) {
        const int128 mantissa = totals.values[i] / unit;
        if (mantissa > mdff::kMaxMantissa || mantissa < -mdff::kMaxMantissa)
            report_too_long(i + 1);
        mantissas[i] = static_cast<int64_t>(mantissa);
    }
    return make_values({mantissas, static_cast<size_t>(totals.count)}, scale);
}

int128 rounded_half_away(int128 dividend, int divisor) {
    const int128 half = dividend < 0 ? -(divisor / 2) : divisor / 2;
    return (dividend + half) / divisor;
}

enum class Method { kSum, kMean };

Method method_of(const text *name) {
    const std::string_view view = pg::view_of(name);
    if (view == "sum")
        return Method::kSum;
    if (view != "mean")
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unknown method \"%s\"", pg::to_cstring(view)),
                        errhint("Write 'sum' for energy, or 'mean' for volts, amps, power and the like.")));
    return Method::kMean;
}

// left + sign * right, value by value.
varlena *combined(const varlena *left, const varlena *right, int sign) {
    DecodedDay a;
    DecodedDay b;
    decode_day(left, a);
    decode_day(right, b);
    if (a.header.count != b.header.count)
        ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
                        errmsg("days of %d and %d values cannot be combined", a.header.count, b.header.count),
                        errhint("Bring both to the same number first, such as nem12_resample(\"values\", 48).")));
    Totals totals;
    totals.count = a.header.count;
    totals.scale = std::max(a.header.scale, b.header.scale);
    const int128 left_unit = mdff::kPowersOfTen[totals.scale - a.header.scale];
    const int128 right_unit = mdff::kPowersOfTen[totals.scale - b.header.scale] * sign;
    for (int i = 0; i < totals.count; ++i)
        totals.values[i] = a.values[i] * left_unit + b.values[i] * right_unit;
    return finish(totals);
}

} // namespace

NEM12_FUNCTION(nem12_values_add) { PG_RETURN_POINTER(combined(NEM12_GETARG_VALUES(0), NEM12_GETARG_VALUES(1), 1)); }

NEM12_FUNCTION(nem12_values_subtract) { PG_RETURN_POINTER(combined(NEM12_GETARG_VALUES(0), NEM12_GETARG_VALUES(1), -1)); }

NEM12_FUNCTION(nem12_resample) {
    const varlena *packed = NEM12_GETARG_VALUES(0);
    const int intervals = PG_GETARG_INT32(1);
    const Method method = method_of(PG_GETARG_TEXT_PP(2));
    const int count = values_header(packed).count;
    if (intervals < 1 || count % intervals != 0)
        ereport(ERROR,
                (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                 errmsg("a day of %d values cannot be resampled to %d", count, intervals),
                 errhint("Write a number of intervals that divides %d: 288 can become 96 or 48, 96 can become 48.", count)));
    if (intervals == count)
        PG_RETURN_DATUM(PG_GETARG_DATUM(0));
    DecodedDay day;
    decode_day(packed, day);
    const int group = count / intervals;
    Totals totals;
    totals.count = intervals;
    totals.scale = method == Method::kMean ? mdff::kMaxScale : day.header.scale;
    const int128 unit = mdff::kPowersOfTen[totals.scale - day.header.scale];
    for (int i = 0; i < intervals; ++i) {
        int128 sum = 0;
        for (int j = 0; j < group; ++j)
            sum += day.values[i * group + j];
        totals.values[i] = method == Method::kMean ? rounded_half_away(sum * unit, group) : sum;
    }
    PG_RETURN_POINTER(finish(totals));
}

} // namespace nem12::values

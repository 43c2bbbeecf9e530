#include "values/datum.hpp"

#include "pg/errors.hpp"

namespace nem12::values {

mdff::ValuesHeader values_header(const varlena *packed) {
    mdff::ValuesHeader header;
    if (!mdff::read_values_header(values_bytes(packed), header))
        pg::report_corrupt_values();
    return header;
}

void decode_day(const varlena *packed, DecodedDay &out) {
    out.header = values_header(packed);
    if (!mdff::decode_values(values_bytes(packed), out.values))
        pg::report_corrupt_values();
}

mdff::ValuesSummary values_summary(const varlena *packed) {
    mdff::ValuesSummary summary;
    if (!mdff::summarize_values(values_bytes(packed), summary))
        pg::report_corrupt_values();
    return summary;
}

varlena *make_values(std::span<const int64_t> mantissas, uint8_t scale) {
    auto *out = static_cast<varlena *>(palloc(VARHDRSZ + mdff::kMaxEncodedValues));
    auto *payload = reinterpret_cast<std::byte *>(VARDATA(out));
    const size_t size = mdff::encode_values(mantissas, scale, {payload, mdff::kMaxEncodedValues});
    SET_VARSIZE(out, VARHDRSZ + size);
    return out;
}

Numeric make_numeric_from_total(int128 total, int scale) {
    if (total >= PG_INT64_MIN && total <= PG_INT64_MAX)
        return make_numeric(static_cast<int64_t>(total), scale);
    // 18 digits at a time: the rest above them fits in 64 bits up to 10^36, which no sum of days reaches.
    constexpr int kDigits = 18;
    const int128 unit = mdff::kPowersOfTen[kDigits];
    const int128 high = total / unit;
    if (high < PG_INT64_MIN || high > PG_INT64_MAX)
        ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE), errmsg("sum of readings out of range")));
    return numeric_add_opt_error(make_numeric(static_cast<int64_t>(high), scale - kDigits),
                                 make_numeric(static_cast<int64_t>(total % unit), scale), nullptr);
}

} // namespace nem12::values

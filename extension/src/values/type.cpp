// The SQL type nem12_values: input, output, wire, comparison, hashing.

#include "pg/boundary.hpp"
#include "pg/errors.hpp"
#include "pg/text.hpp"
#include "values/builder.hpp"
#include "values/datum.hpp"

extern "C" {
#include "common/hashfn.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
}

namespace nem12::values {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

[[noreturn]] void report_syntax(const char *text, const char *at) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
                    errmsg("invalid input syntax for type %s at character %d", "nem12_values", static_cast<int>(at - text) + 1),
                    errdetail("Expected 1 to %d decimals in braces, such as {0.123,0.25}.", mdff::kMaxIntervals)));
}

const char *skip_spaces(const char *p) {
    while (is_space(*p))
        ++p;
    return p;
}

// Bytes order first, then length: an order for indexes and DISTINCT, not one by energy.
int compare(FunctionCallInfo fcinfo) {
    varlena *left = NEM12_GETARG_VALUES(0);
    varlena *right = NEM12_GETARG_VALUES(1);
    const size_t left_size = VARSIZE_ANY_EXHDR(left);
    const size_t right_size = VARSIZE_ANY_EXHDR(right);
    int order = memcmp(VARDATA_ANY(left), VARDATA_ANY(right), Min(left_size, right_size));
    if (order == 0)
        order = (left_size > right_size) - (left_size < right_size);
    PG_FREE_IF_COPY(left, 0); // btree support functions must not leak
    PG_FREE_IF_COPY(right, 1);
    return order;
}

} // namespace

NEM12_FUNCTION(nem12_values_in) {
    const char *text = PG_GETARG_CSTRING(0);
    ValuesBuilder builder;
    const char *p = skip_spaces(text);
    if (*p != '{')
        report_syntax(text, p);
    do {
        p = skip_spaces(p + 1);
        const char *start = p;
        while (*p != '\0' && *p != ',' && *p != '}' && !is_space(*p))
            ++p;
        mdff::Decimal value;
        if (mdff::parse_decimal({start, static_cast<size_t>(p - start)}, value) != mdff::DecimalStatus::kOk)
            report_syntax(text, start);
        if (!builder.add(value))
            report_syntax(text, start);
        p = skip_spaces(p);
    } while (*p == ',');
    if (*p != '}')
        report_syntax(text, p);
    p = skip_spaces(p + 1);
    if (*p != '\0')
        report_syntax(text, p);
    varlena *values = builder.finish();
    if (values == nullptr)
        ereport(ERROR,
                (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
                 errmsg("invalid input for type %s: values need more than 18 digits at a common scale", "nem12_values")));
    PG_RETURN_POINTER(values);
}

NEM12_FUNCTION(nem12_values_out) {
    const varlena *packed = NEM12_GETARG_VALUES(0);
    DecodedDay day;
    decode_day(packed, day);
    auto *out = static_cast<char *>(palloc(2 + static_cast<size_t>(day.header.count) * (mdff::kMaxDecimalLength + 1)));
    char *p = out;
    for (int i = 0; i < day.header.count; ++i) {
        *p++ = i == 0 ? '{' : ',';
        p += mdff::format_decimal(day.values[i], day.header.scale, p);
    }
    *p++ = '}';
    *p = '\0';
    PG_RETURN_CSTRING(out);
}

NEM12_FUNCTION(nem12_values_recv) {
    auto *buffer = reinterpret_cast<StringInfo>(PG_GETARG_POINTER(0));
    const int size = buffer->len - buffer->cursor;
    const char *bytes = pq_getmsgbytes(buffer, size);
    if (!mdff::check_values({reinterpret_cast<const std::byte *>(bytes), static_cast<size_t>(size)}))
        ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
                        errmsg("invalid binary representation of type %s", "nem12_values")));
    PG_RETURN_POINTER(cstring_to_text_with_len(bytes, size));
}

NEM12_FUNCTION(nem12_values_send) {
    const varlena *packed = NEM12_GETARG_VALUES(0);
    StringInfoData out;
    pq_begintypsend(&out);
    pq_sendbytes(&out, VARDATA_ANY(packed), static_cast<int>(VARSIZE_ANY_EXHDR(packed)));
    PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

NEM12_FUNCTION(nem12_values_cmp) { PG_RETURN_INT32(compare(fcinfo)); }

NEM12_FUNCTION(nem12_values_eq) { PG_RETURN_BOOL(compare(fcinfo) == 0); }

NEM12_FUNCTION(nem12_values_ne) { PG_RETURN_BOOL(compare(fcinfo) != 0); }

NEM12_FUNCTION(nem12_values_lt) { PG_RETURN_BOOL(compare(fcinfo) < 0); }

NEM12_FUNCTION(nem12_values_le) { PG_RETURN_BOOL(compare(fcinfo) <= 0); }

NEM12_FUNCTION(nem12_values_gt) { PG_RETURN_BOOL(compare(fcinfo) > 0); }

NEM12_FUNCTION(nem12_values_ge) { PG_RETURN_BOOL(compare(fcinfo) >= 0); }

NEM12_FUNCTION(nem12_values_hash) {
    varlena *packed = NEM12_GETARG_VALUES(0);
    const Datum hash =
        hash_any(reinterpret_cast<unsigned char *>(VARDATA_ANY(packed)), static_cast<int>(VARSIZE_ANY_EXHDR(packed)));
    PG_FREE_IF_COPY(packed, 0);
    return hash;
}

NEM12_FUNCTION(nem12_values_hash_extended) {
    varlena *packed = NEM12_GETARG_VALUES(0);
    const Datum hash = hash_any_extended(reinterpret_cast<unsigned char *>(VARDATA_ANY(packed)),
                                         static_cast<int>(VARSIZE_ANY_EXHDR(packed)), static_cast<uint64>(PG_GETARG_INT64(1)));
    PG_FREE_IF_COPY(packed, 0);
    return hash;
}

} // namespace nem12::values

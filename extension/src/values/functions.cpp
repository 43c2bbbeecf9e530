// Functions of one nem12_values: sum, min, max, avg, count, one value, all values, casts.

#include "pg/boundary.hpp"
#include "pg/errors.hpp"
#include "pg/text.hpp"
#include "values/builder.hpp"
#include "values/datum.hpp"

extern "C" {
#include "utils/fmgrprotos.h"
}

namespace nem12::values {
namespace {

// The elements' datums as a one-dimensional array.
ArrayType *make_array(Datum *elements, int count, Oid type) {
    constexpr int kFloat8Size = 8;
    return type == NUMERICOID ? construct_array(elements, count, NUMERICOID, -1, false, TYPALIGN_INT)
                              : construct_array(elements, count, FLOAT8OID, kFloat8Size, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE);
}

[[noreturn]] void report_element(int number, const char *text) {
    ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE), errmsg("value %d cannot be a reading: %s", number, text),
                    errdetail("A reading has at most 18 significant digits and %d decimals.", mdff::kMaxScale)));
}

} // namespace

NEM12_FUNCTION(nem12_values_from_numeric) {
    ArrayType *array = PG_GETARG_ARRAYTYPE_P(0);
    Datum *elements;
    bool *nulls;
    int count;
    deconstruct_array(array, NUMERICOID, -1, false, TYPALIGN_INT, &elements, &nulls, &count);
    if (ARR_NDIM(array) != 1 || count > mdff::kMaxIntervals)
        ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
                        errmsg("a day is a one-dimensional array of 1 to %d values", mdff::kMaxIntervals)));
    ValuesBuilder builder;
    for (int i = 0; i < count; ++i) {
        if (nulls[i])
            ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("value %d of a day is NULL", i + 1)));
        const char *text = numeric_normalize(DatumGetNumeric(elements[i])); // without the zeros at the end
        mdff::Decimal value;
        if (mdff::parse_decimal(text, value) != mdff::DecimalStatus::kOk)
            report_element(i + 1, text);
        builder.add(value);
    }
    varlena *values = builder.finish();
    if (values == nullptr)
        ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
                        errmsg("values of a day need more than 18 digits at a common scale")));
    PG_RETURN_POINTER(values);
}

NEM12_FUNCTION(nem12_values_to_numeric) {
    DecodedDay day;
    decode_day(NEM12_GETARG_VALUES(0), day);
    Datum elements[mdff::kMaxIntervals];
    for (int i = 0; i < day.header.count; ++i)
        elements[i] = NumericGetDatum(make_numeric(day.values[i], day.header.scale));
    PG_RETURN_ARRAYTYPE_P(make_array(elements, day.header.count, NUMERICOID));
}

// For those who want floats: correctly rounded for mantissas below 2^53, as both operands are exact then.
NEM12_FUNCTION(nem12_values_to_float8) {
    DecodedDay day;
    decode_day(NEM12_GETARG_VALUES(0), day);
    const auto divisor = static_cast<double>(mdff::kPowersOfTen[day.header.scale]);
    Datum elements[mdff::kMaxIntervals];
    for (int i = 0; i < day.header.count; ++i)
        elements[i] = Float8GetDatum(static_cast<double>(day.values[i]) / divisor);
    PG_RETURN_ARRAYTYPE_P(make_array(elements, day.header.count, FLOAT8OID));
}

NEM12_FUNCTION(nem12_sum) {
    const varlena *packed = NEM12_GETARG_VALUES(0);
    const mdff::ValuesSummary summary = values_summary(packed);
    PG_RETURN_NUMERIC(make_numeric_from_total(summary.sum, values_header(packed).scale));
}

NEM12_FUNCTION(nem12_min) {
    const varlena *packed = NEM12_GETARG_VALUES(0);
    PG_RETURN_NUMERIC(make_numeric(values_summary(packed).min, values_header(packed).scale));
}

NEM12_FUNCTION(nem12_max) {
    const varlena *packed = NEM12_GETARG_VALUES(0);
    PG_RETURN_NUMERIC(make_numeric(values_summary(packed).max, values_header(packed).scale));
}

NEM12_FUNCTION(nem12_avg) {
    const varlena *packed = NEM12_GETARG_VALUES(0);
    const mdff::ValuesHeader header = values_header(packed);
    const Numeric sum = make_numeric_from_total(values_summary(packed).sum, header.scale);
    return DirectFunctionCall2(numeric_div, NumericGetDatum(sum), NumericGetDatum(int64_to_numeric(header.count)));
}

NEM12_FUNCTION(nem12_count) { PG_RETURN_INT32(values_header(NEM12_GETARG_VALUES(0)).count); }

// NULL outside 1..count, as an array subscript.
NEM12_FUNCTION(nem12_value) {
    const varlena *packed = NEM12_GETARG_VALUES(0);
    const int n = PG_GETARG_INT32(1);
    const mdff::ValuesHeader header = values_header(packed);
    if (n < 1 || n > header.count)
        PG_RETURN_NULL();
    int64_t mantissa;
    if (!mdff::value_at(values_bytes(packed), n - 1, mantissa))
        pg::report_corrupt_values();
    PG_RETURN_NUMERIC(make_numeric(mantissa, header.scale));
}

NEM12_FUNCTION(nem12_unpack) {
    if (SRF_IS_FIRSTCALL()) {
        FuncCallContext *context = SRF_FIRSTCALL_INIT();
        const MemoryContext previous = MemoryContextSwitchTo(context->multi_call_memory_ctx);
        TupleDesc row;
        if (get_call_result_type(fcinfo, nullptr, &row) != TYPEFUNC_COMPOSITE)
            elog(ERROR, "nem12_unpack must be called as a row function");
        context->tuple_desc = BlessTupleDesc(row);
        auto *day = static_cast<DecodedDay *>(palloc(sizeof(DecodedDay)));
        decode_day(NEM12_GETARG_VALUES(0), *day);
        context->user_fctx = day;
        context->max_calls = day->header.count;
        MemoryContextSwitchTo(previous);
    }
    FuncCallContext *context = SRF_PERCALL_SETUP();
    if (context->call_cntr == context->max_calls)
        SRF_RETURN_DONE(context);
    const auto *day = static_cast<const DecodedDay *>(context->user_fctx);
    const auto i = static_cast<int32>(context->call_cntr);
    Datum columns[] = {Int32GetDatum(i + 1), NumericGetDatum(make_numeric(day->values[i], day->header.scale))};
    bool nulls[] = {false, false};
    SRF_RETURN_NEXT(context, HeapTupleGetDatum(heap_form_tuple(context->tuple_desc, columns, nulls)));
}

} // namespace nem12::values

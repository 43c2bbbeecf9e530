// nem12_merge_days_directly: arguments in, days read and settled, one row out.

#include <algorithm>

#include "merge/merge.hpp"
#include "pg/boundary.hpp"

extern "C" {
#include "access/table.h"
#include "commands/extension.h"
}

namespace nem12::merge {
namespace {

// As arrays: each loser's file and line, and what to tell people.
void put_conflicts(pg::GrowingRows<Conflict> &conflicts, Datum *out) {
    const int count = conflicts.count();
    const auto array_of = [&](auto value_of, Oid type, int size, bool by_value, char alignment) {
        pg::GrowingRows<Datum> values;
        for (const Conflict &conflict : conflicts)
            values.add(value_of(conflict));
        return PointerGetDatum(construct_array(values.begin(), count, type, size, by_value, alignment));
    };
    out[0] = array_of([](const Conflict &c) { return Int64GetDatum(c.file_id); }, INT8OID, sizeof(int64), FLOAT8PASSBYVAL,
                      TYPALIGN_DOUBLE);
    out[1] = array_of([](const Conflict &c) { return Int32GetDatum(c.line); }, INT4OID, sizeof(int32), true, TYPALIGN_INT);
    out[2] = array_of([](const Conflict &c) { return c.message; }, TEXTOID, -1, false, TYPALIGN_INT);
}

Datum row_of(FunctionCallInfo fcinfo, Merge &merge) {
    TupleDesc columns;
    if (get_call_result_type(fcinfo, nullptr, &columns) != TYPEFUNC_COMPOSITE)
        elog(ERROR, "nem12: the result is not a row");
    Datum values[7] = {Int64GetDatum(merge.inserted()), Int64GetDatum(merge.updated()), Int64GetDatum(merge.discarded()),
                       BoolGetDatum(merge.all_settled())};
    bool nulls[7] = {};
    put_conflicts(merge.conflicts(), values + 4);
    return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(columns), values, nulls));
}

// Some days at a time, in memory that is used again for the next ones.
void settle_days(DayReader &reader, Merge &merge) {
    constexpr int kVersionsAtATime = 2000; // of a thousand days, mostly
    constexpr Size kUsualSize = Size{2} << 20;
    MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "nem12 merge", kUsualSize, ALLOCSET_DEFAULT_INITSIZE,
                                                  ALLOCSET_DEFAULT_MAXSIZE);
    const MemoryContext caller = MemoryContextSwitchTo(context);
    for (DayVersions versions = reader.read(kVersionsAtATime); !versions.empty(); versions = reader.read(kVersionsAtATime)) {
        merge.settle(versions);
        MemoryContextReset(context);
    }
    MemoryContextSwitchTo(caller);
    MemoryContextDelete(context);
}

// NULL: the executor has to do it, and nothing was done.
NullableDatum merge_days(FunctionCallInfo fcinfo, const MergeTables &tables, const MergeLayouts &layouts) {
    ArrayType *ids = PG_GETARG_ARRAYTYPE_P(6);
    const auto count = static_cast<size_t>(ArrayGetNItems(ARR_NDIM(ids), ARR_DIMS(ids)));
    const std::span<const int64> staging_ids{reinterpret_cast<const int64 *>(ARR_DATA_PTR(ids)), count};
    if (count == 0 || array_contains_nulls(ids) || !std::is_sorted(staging_ids.begin(), staging_ids.end()))
        return {0, true};
    FileStamps files(tables.files);
    store::DayPartitions partitions = store::open_partitions(tables.days, layouts.days);
    DayReader reader(tables.staging, layouts.staging, partitions, files, PG_GETARG_BOOL(8));
    NullableDatum result{0, true};
    if (reader.find_days(staging_ids)) {
        Merge merge(tables, layouts, partitions.days.estate, PG_GETARG_OID(5), PG_GETARG_INT64(7));
        settle_days(reader, merge);
        result = {row_of(fcinfo, merge), false};
        merge.close();
    }
    reader.close();
    store::close_partitions(partitions);
    files.close();
    CommandCounterIncrement();
    return result;
}

} // namespace
// (days, staging, superseded, merged, files, the sequence of superseded, staging ids, merge id, updates_first)
NEM12_FUNCTION(nem12_merge_days_directly) {
    if (OidIsValid(get_extension_oid("citus", true)))
        PG_RETURN_NULL();
    const MergeTables tables{table_open(PG_GETARG_OID(0), RowExclusiveLock), table_open(PG_GETARG_OID(1), RowExclusiveLock),
                             table_open(PG_GETARG_OID(2), RowExclusiveLock), table_open(PG_GETARG_OID(3), RowExclusiveLock),
                             table_open(PG_GETARG_OID(4), AccessShareLock)};
    NullableDatum result{0, true};
    if (const auto layouts = find_layouts(tables))
        result = merge_days(fcinfo, tables, *layouts);
    for (Relation table : {tables.days, tables.staging, tables.superseded, tables.merged, tables.files})
        table_close(table, NoLock);
    fcinfo->isnull = result.isnull;
    return result.value;
}

} // namespace nem12::merge

// A batch's days into the store: the way COPY writes where the table allows it, else by a statement, else one by one.

#include <algorithm>

#include "load/rows.hpp"
#include "pg/boundary.hpp"
#include "pg/subtransaction.hpp"
#include "store/direct_insert.hpp"
#include "store/staging.hpp"

extern "C" {
#include "access/table.h"
#include "commands/sequence.h"
}

namespace nem12::load {
namespace {

using store::kDayColumns;
using store::TableRow;
// Of nem12_interval_days.
using DayRow = store::RowOf<kDayColumns>;
using StagedRow = store::RowOf<store::kStagingColumns>;

int64 stored_directly = 0;
int64 stored_by_statement = 0;

// In the lock order of every writer, like the batch.
struct DayRows {
    DayRow *values;
    TableRow *rows; // `inserted`: which are stored
    int count;
};

DayRows rows_of(const Batch &batch, int64 file_id) {
    const int count = batch.day_count();
    DayRows days{static_cast<DayRow *>(palloc(sizeof(DayRow) * count)),
                 static_cast<TableRow *>(palloc(sizeof(TableRow) * count)), count};
    for (int i = 0; i < count; ++i) {
        const BatchDay &day = batch.days()[i];
        days.values[i] = {
            {PointerGetDatum(day.channel->nmi), PointerGetDatum(day.channel->nmi_suffix), PointerGetDatum(day.quality),
             DateADTGetDatum(day.date), Int32GetDatum(day.line), Int64GetDatum(file_id), TimestampGetDatum(day.updated),
             TimestampGetDatum(day.msats_loaded), Int32GetDatum(day.channel->same->details_id), PointerGetDatum(day.values),
             PointerGetDatum(day.events)},
            {false, false, false, false, false, false, day.updated == DT_NOBEGIN, day.msats_loaded == DT_NOBEGIN}};
        days.rows[i] = {days.values[i].values, days.values[i].nulls, false};
    }
    return days;
}

Oid table_named(const char *name) { return get_relname_relid(name, pg::home()); }

pg::RowSet row_set() {
    pg::Column columns[kDayColumns];
    std::copy(std::begin(store::kDayColumnTypes), std::end(store::kDayColumnTypes), columns);
    const Oid table = table_named("nem12_interval_days");
    columns[store::kValues].type = get_atttype(table, get_attnum(table, columns[store::kValues].name));
    return {kBatchRows, columns};
}

pg::Statement insertion{"INSERT INTO %1$s.nem12_interval_days (%2$s) SELECT %2$s FROM nem12_batch ON CONFLICT DO NOTHING "
                        "RETURNING line_no",
                        0,
                        {},
                        store::kDayColumnTypes};
pg::Statement staging{
    "INSERT INTO %1$s.nem12_staging_days (%2$s, reason, sqlstate, message) SELECT %2$s, $1, $2, $3 FROM nem12_batch",
    3,
    {TEXTOID, TEXTOID, TEXTOID},
    store::kDayColumnTypes};

int64 insert_by_statement(DayRows &days) {
    const int64 count = pg::run(insertion);
    const std::span<const int32> lines = lines_given(count);
    for (int i = 0; i < days.count; ++i)
        days.rows[i].inserted =
            std::binary_search(lines.begin(), lines.end(), DatumGetInt32(days.rows[i].values[store::kLine]));
    pg::finish();
    return count;
}

// What another day was in the way of.
int64 stage_by_statement(const DayRows &days) {
    pg::RowSet set = row_set();
    for (int i = 0; i < days.count; ++i)
        if (!days.rows[i].inserted)
            set.add(days.rows[i].values, days.rows[i].nulls);
    const int64 staged = run_staging(staging, "day_exists", nullptr);
    set.close();
    return staged;
}

int64 stage_directly(Relation table, const store::RowLayout &layout, const DayRows &days) {
    auto *values = static_cast<StagedRow *>(palloc(sizeof(StagedRow) * days.count));
    auto *rows = static_cast<TableRow *>(palloc(sizeof(TableRow) * days.count));
    const Oid ids = table_named("nem12_staging_days_staging_id_seq");
    const Datum reason = CStringGetTextDatum("day_exists");
    int count = 0;
    for (int i = 0; i < days.count; ++i) {
        if (days.rows[i].inserted)
            continue;
        StagedRow &row = values[count] = {};
        std::copy_n(days.rows[i].values, kDayColumns, row.values);
        std::copy_n(days.rows[i].nulls, kDayColumns, row.nulls);
        row.values[store::kStagingId] = Int64GetDatum(nextval_internal(ids, true));
        row.values[store::kReason] = reason;
        row.nulls[store::kSqlstate] = row.nulls[store::kMessage] = true;
        row.values[store::kStagedAt] = TimestampTzGetDatum(GetCurrentTimestamp());
        rows[count++] = {row.values, row.nulls, true};
    }
    store::WriteTarget target = store::open_target(table);
    store::insert_rows(target.estate, target.relation, layout, rows, count);
    store::close_target(target);
    CommandCounterIncrement();
    pfree(rows);
    pfree(values);
    return count;
}

int64 stage_stored(const DayRows &days) {
    const Relation table = table_open(table_named("nem12_staging_days"), RowExclusiveLock);
    const auto layout = store::find_staging_layout(table);
    const int64 staged = layout ? stage_directly(table, *layout, days) : stage_by_statement(days);
    table_close(table, NoLock);
    return staged;
}

Stored store_safely(const DayRows &days, int64 file_id, text *file_name) {
    Stored stored{};
    pg::Caught failure = take_safe_mode();
    pg::RowSet set = row_set();
    for (int i = 0; i < days.count; ++i) {
        const Datum *day = days.rows[i].values;
        set.clear();
        set.add(day, days.rows[i].nulls);
        if (!is_deadlock(failure)) {
            int64 inserted = 0;
            failure = pg::attempt([&] {
                inserted = pg::run(insertion);
                pg::finish();
            });
            if (failure == nullptr && inserted > 0) {
                ++stored.inserted;
                continue;
            }
        }
        stored.staged += run_staging(staging, failure == nullptr ? "day_exists" : "insert_failed", failure);
        if (failure != nullptr)
            log_failure(failure, file_name, file_id, DatumGetInt32(day[store::kLine]), 300,
                        psprintf("%s %s of %s", TextDatumGetCString(day[store::kNmi]), TextDatumGetCString(day[store::kSuffix]),
                                 DatumGetCString(DirectFunctionCall1(date_out, day[store::kDate]))));
    }
    set.close();
    return stored;
}

} // namespace

Stored store_days(const Batch &batch, int64 file_id, text *file_name) {
    DayRows days = rows_of(batch, file_id);
    int64 inserted = -1;
    pg::attempt([&] { inserted = store::direct_insert(table_named("nem12_interval_days"), days.rows, days.count); });
    if (inserted >= 0) {
        ++stored_directly;
    } else {
        pg::RowSet set = row_set();
        for (int i = 0; i < days.count; ++i)
            set.add(days.rows[i].values, days.rows[i].nulls);
        const pg::Caught failure = pg::attempt([&] { inserted = insert_by_statement(days); });
        set.close();
        if (failure != nullptr)
            return store_safely(days, file_id, file_name);
        ++stored_by_statement;
    }
    const Stored stored{inserted, inserted < days.count ? stage_stored(days) : 0};
    pfree(days.rows);
    pfree(days.values);
    return stored;
}

// How many batches of this session had their days stored directly, and how many by a statement. The others went day by day.
NEM12_FUNCTION(nem12_batches_stored) {
    TupleDesc columns;
    if (get_call_result_type(fcinfo, nullptr, &columns) != TYPEFUNC_COMPOSITE)
        elog(ERROR, "nem12: the result is not a row");
    Datum values[] = {Int64GetDatum(stored_directly), Int64GetDatum(stored_by_statement)};
    bool nulls[] = {false, false};
    return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(columns), values, nulls));
}

} // namespace nem12::load

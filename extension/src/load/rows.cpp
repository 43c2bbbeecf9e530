// The rows waiting to be stored, as set-returning functions for the statements of 20-load.sql. Outside a load they are empty.

#include <algorithm>

#include "load/stream.hpp"
#include "pg/boundary.hpp"
#include "store/direct_insert.hpp"
#include "store/staging.hpp"

extern "C" {
#include "access/table.h"
#include "commands/sequence.h"
}

namespace nem12::load {
namespace {

ReturnSetInfo *start_rows(FunctionCallInfo fcinfo) {
    InitMaterializedSRF(fcinfo, 0);
    return reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo);
}

void put_row(ReturnSetInfo *rows, const Datum *values, const bool *nulls) {
    // It only reads them, but does not say so before PostgreSQL 17.
    tuplestore_putvalues(rows->setResult, rows->setDesc, const_cast<Datum *>(values), const_cast<bool *>(nulls));
}

// A row of nem12_interval_days.
using DayRow = store::RowOf<store::kDayColumns>;
using StagedRow = store::RowOf<store::kStagingColumns>;

void fill_day_row(const BatchDay &day, DayRow &row) {
    row = {{PointerGetDatum(day.channel->nmi), PointerGetDatum(day.channel->nmi_suffix), PointerGetDatum(day.quality),
            DateADTGetDatum(day.date), Int32GetDatum(day.line), Int64GetDatum(current_file_id()),
            TimestampGetDatum(day.updated), TimestampGetDatum(day.msats_loaded), Int32GetDatum(day.channel->same->details_id),
            PointerGetDatum(day.values), PointerGetDatum(day.events)},
           {false, false, false, false, false, false, day.updated == DT_NOBEGIN, day.msats_loaded == DT_NOBEGIN}};
}

} // namespace
NEM12_FUNCTION(nem12_batch_days) {
    ReturnSetInfo *rows = start_rows(fcinfo);
    const Batch *batch = current_batch();
    const int count = batch == nullptr ? 0 : batch->day_count();
    for (int i = 0; i < count; ++i) {
        const BatchDay &day = batch->days()[i];
        DayRow row;
        fill_day_row(day, row);
        put_row(rows, row.values, row.nulls);
    }
    return Datum{0};
}

NEM12_FUNCTION(nem12_insert_batch_days) {
    Batch *batch = current_batch();
    const int count = batch == nullptr ? 0 : batch->day_count();
    auto *days = static_cast<DayRow *>(palloc(sizeof(DayRow) * (count + 1)));
    auto *rows = static_cast<store::TableRow *>(palloc(sizeof(store::TableRow) * (count + 1)));
    for (int i = 0; i < count; ++i) {
        fill_day_row(batch->days()[i], days[i]);
        rows[i] = {days[i].values, days[i].nulls, false};
    }
    const int64 inserted = store::direct_insert(PG_GETARG_OID(0), rows, count);
    for (int i = 0; i < count; ++i)
        batch->days()[i].inserted = rows[i].inserted;
    pfree(rows);
    pfree(days);
    if (inserted < 0)
        PG_RETURN_NULL();
    PG_RETURN_INT64(inserted);
}

// (staging, its sequence): the days that nem12_insert_batch_days() has just found stored.
NEM12_FUNCTION(nem12_stage_batch_days) {
    const Batch *batch = current_batch();
    const Relation staging = table_open(PG_GETARG_OID(0), RowExclusiveLock);
    if (batch == nullptr || !store::is_plain_staging(staging)) {
        table_close(staging, NoLock);
        PG_RETURN_NULL();
    }
    const int count = batch->day_count();
    auto *staged = static_cast<StagedRow *>(palloc(sizeof(StagedRow) * (count + 1)));
    auto *rows = static_cast<store::TableRow *>(palloc(sizeof(store::TableRow) * (count + 1)));
    const Datum reason = CStringGetTextDatum("day_exists");
    int rows_count = 0;
    for (int i = 0; i < count; ++i) {
        if (batch->days()[i].inserted)
            continue;
        StagedRow &row = staged[rows_count];
        DayRow day;
        fill_day_row(batch->days()[i], day);
        row = {};
        std::copy_n(day.values, store::kDayColumns, row.values);
        std::copy_n(day.nulls, store::kDayColumns, row.nulls);
        row.values[store::kStagingId] = Int64GetDatum(nextval_internal(PG_GETARG_OID(1), true));
        row.values[store::kReason] = reason;
        row.nulls[store::kSqlstate] = row.nulls[store::kMessage] = true;
        row.values[store::kStagedAt] = TimestampTzGetDatum(GetCurrentTimestamp());
        rows[rows_count++] = {row.values, row.nulls, true};
    }
    store::WriteTarget target = store::open_target(staging);
    store::insert_rows(target.estate, target.relation, rows, rows_count);
    store::close_target(target);
    table_close(staging, NoLock);
    CommandCounterIncrement();
    PG_RETURN_INT64(rows_count);
}

NEM12_FUNCTION(nem12_batch_channels) {
    ReturnSetInfo *rows = start_rows(fcinfo);
    const Batch *batch = current_batch();
    const int count = batch == nullptr ? 0 : batch->channel_count();
    for (int i = 0; i < count; ++i) {
        const BatchChannel *channel = batch->channels()[i];
        if (channel->is_known)
            continue;
        const Datum values[] = {Int32GetDatum(i),
                                PointerGetDatum(channel->nmi),
                                PointerGetDatum(channel->nmi_suffix),
                                Int32GetDatum(channel->details_id),
                                Int16GetDatum(channel->interval_length),
                                PointerGetDatum(channel->uom),
                                PointerGetDatum(channel->nmi_configuration),
                                PointerGetDatum(channel->register_id),
                                PointerGetDatum(channel->mdm_data_stream),
                                PointerGetDatum(channel->meter_serial),
                                DateADTGetDatum(channel->next_scheduled_read)};
        bool nulls[std::size(values)] = {};
        nulls[std::size(values) - 1] = !channel->has_next_scheduled_read;
        put_row(rows, values, nulls);
    }
    return Datum{0};
}

NEM12_FUNCTION(nem12_batch_b2b) {
    ReturnSetInfo *rows = start_rows(fcinfo);
    const Batch *batch = current_batch();
    const int count = batch == nullptr ? 0 : batch->b2b_count();
    for (int i = 0; i < count; ++i)
        put_row(rows, batch->b2bs()[i].values, batch->b2bs()[i].nulls);
    return Datum{0};
}

NEM12_FUNCTION(nem12_batch_reads) {
    ReturnSetInfo *rows = start_rows(fcinfo);
    const Batch *batch = current_batch();
    const int count = batch == nullptr ? 0 : batch->read_count();
    for (int i = 0; i < count; ++i)
        put_row(rows, batch->reads()[i].values, batch->reads()[i].nulls);
    return Datum{0};
}

} // namespace nem12::load

// A batch's other rows into the store: accumulation reads, by the rules of days, and 500 records.

#include <algorithm>

#include "load/rows.hpp"
#include "pg/postgres.hpp"

namespace nem12::load {
namespace {

// `inserted`: by the reads' positions in the batch.
int64 insert_reads(pg::Statement &insertion, const Batch &batch, bool *inserted) {
    const int64 count = pg::run(insertion);
    const std::span<const int32> lines = lines_given(count);
    for (int i = 0; i < batch.read_count(); ++i)
        inserted[i] = std::binary_search(lines.begin(), lines.end(), DatumGetInt32(batch.reads()[i].values[kReadLine]));
    pg::finish();
    return count;
}

pg::Statement insertion{
    "INSERT INTO %1$s.nem12_accumulation_reads (%2$s) SELECT %2$s FROM nem12_batch "
    "ORDER BY nmi COLLATE \"C\", nmi_suffix COLLATE \"C\", register_id COLLATE \"C\", meter_serial COLLATE \"C\", "
    "previous_read_datetime, current_read_datetime, line_no ON CONFLICT DO NOTHING RETURNING line_no",
    0,
    {},
    kReadColumnTypes};
pg::Statement staging{
    "INSERT INTO %1$s.nem12_staging_reads (%2$s, reason, sqlstate, message) SELECT %2$s, $1, $2, $3 FROM nem12_batch",
    3,
    {TEXTOID, TEXTOID, TEXTOID},
    kReadColumnTypes};

Stored store_safely(const Batch &batch, int64 file_id, text *file_name) {
    Stored stored{};
    pg::Caught failure = take_safe_mode();
    pg::RowSet set(kBatchRows, kReadColumnTypes);
    for (int i = 0; i < batch.read_count(); ++i) {
        const BatchRead &read = batch.reads()[i];
        set.clear();
        set.add(read.values, read.nulls);
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
        stored.staged += run_staging(staging, failure == nullptr ? "read_exists" : "insert_failed", failure);
        if (failure != nullptr)
            log_failure(failure, file_name, file_id, DatumGetInt32(read.values[kReadLine]), 250,
                        psprintf("%s %s of %s", TextDatumGetCString(read.values[kReadNmi]),
                                 TextDatumGetCString(read.values[kReadSuffix]),
                                 DatumGetCString(DirectFunctionCall1(timestamp_out, read.values[kReadCurrent]))));
    }
    set.close();
    return stored;
}

} // namespace

Stored store_reads(const Batch &batch, int64 file_id, text *file_name) {
    Stored stored{};
    pg::RowSet set(kBatchRows, kReadColumnTypes);
    for (int i = 0; i < batch.read_count(); ++i)
        set.add(batch.reads()[i].values, batch.reads()[i].nulls);
    auto *is_in = static_cast<bool *>(palloc0(batch.read_count() + 1));
    const pg::Caught failure = pg::attempt([&] {
        stored.inserted = insert_reads(insertion, batch, is_in);
        if (stored.inserted == batch.read_count())
            return;
        set.clear();
        for (int i = 0; i < batch.read_count(); ++i)
            if (!is_in[i])
                set.add(batch.reads()[i].values, batch.reads()[i].nulls);
        stored.staged = run_staging(staging, "read_exists", nullptr);
    });
    set.close();
    pfree(is_in);
    return failure == nullptr ? stored : store_safely(batch, file_id, file_name);
}

int64 store_b2bs(const Batch &batch) {
    static pg::Statement statement{
        "INSERT INTO %1$s.nem12_b2b_details (%2$s) SELECT %2$s FROM nem12_batch ON CONFLICT DO NOTHING",
        0,
        {},
        kB2bColumnTypes};
    pg::RowSet set(kBatchRows, kB2bColumnTypes);
    for (int i = 0; i < batch.b2b_count(); ++i)
        set.add(batch.b2bs()[i].values, batch.b2bs()[i].nulls);
    const int64 stored = pg::run(statement);
    set.close();
    return stored;
}

} // namespace nem12::load

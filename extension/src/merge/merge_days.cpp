// nem12_merge_days_directly: the merge of 30-merge.sql for ordinary tables. Versions are read in the order of their keys, what
// becomes of each is decided here, and what has to be written is written without a plan (direct_table.hpp).

#include <algorithm>

#include "direct_insert.hpp"
#include "merge/day_versions.hpp"
#include "pg/boundary.hpp"
#include "pg/text.hpp"

extern "C" {
#include "access/table.h"
#include "commands/extension.h"
#include "commands/sequence.h"
#include "utils/rel.h"
}

namespace nem12::pg {
namespace {

constexpr int kSupersededColumns = kDayColumns + 6;
constexpr int kMergedColumns = 6;

bool is_plain_superseded(Relation superseded) {
    return is_plain_table(superseded, {"nmi", "nmi_suffix", "quality", "interval_date", "line_no", "file_id", "update_datetime",
                                       "msats_load_datetime", "details_id", "values", "events", "superseded_id",
                                       "won_by_file_id", "won_by_line_no", "outcome", "superseded_at", "merge_id"});
}

bool is_plain_merged(Relation merged) {
    return is_plain_table(merged, {"nmi", "nmi_suffix", "interval_date", "merge_id", "file_id", "line_no"});
}

// All versions of one day.
struct Day {
    DayVersion *const *begin, *const *end; // the newest first
    DayVersion *stored;                    // nullptr: none is

    DayVersion *winner() const { return *begin; }
    int64 staged() const { return end - begin - (stored != nullptr ? 1 : 0); }
};

enum class Outcome : uint8_t { kReplaced, kOlder, kEqual, kConflict };

bool same_bytes(Datum a, Datum b) {
    return view_of(reinterpret_cast<varlena *>(PG_DETOAST_DATUM_PACKED(a))) ==
           view_of(reinterpret_cast<varlena *>(PG_DETOAST_DATUM_PACKED(b)));
}

bool same_content(const DayVersion &a, const DayVersion &b) {
    const int columns[] = {kValues, kQuality, kEvents};
    return std::all_of(std::begin(columns), std::end(columns),
                       [&](int column) { return same_bytes(a.values[column], b.values[column]); });
}

Outcome outcome_of(const DayVersion &loser, const DayVersion &winner) {
    const bool same_times = loser.stamp.created == winner.stamp.created && loser.stamp.updated == winner.stamp.updated;
    if (same_times && same_content(loser, winner))
        return Outcome::kEqual;
    if (same_times && loser.stamp.file_id != winner.stamp.file_id)
        return Outcome::kConflict;
    return loser.is_stored ? Outcome::kReplaced : Outcome::kOlder;
}

template <int Columns>
struct RowOf {
    Datum values[Columns];
    bool nulls[Columns];
};

// Rows for one table, gathered to be inserted together. In the current memory context.
template <int Columns>
class NewRows {
public:
    explicit NewRows(size_t room)
        : rows_(static_cast<RowOf<Columns> *>(palloc_extended(sizeof(RowOf<Columns>) * (room + 1), MCXT_ALLOC_HUGE))),
          inserts_(static_cast<TableRow *>(palloc_extended(sizeof(TableRow) * (room + 1), MCXT_ALLOC_HUGE))) {}

    RowOf<Columns> &add() {
        RowOf<Columns> &row = rows_[count_];
        row = {};
        inserts_[count_++] = {row.values, row.nulls, true};
        return row;
    }
    void insert_into(const WriteTarget &target) { insert_rows(target.estate, target.relation, inserts_, count_); }

private:
    RowOf<Columns> *rows_;
    TableRow *inserts_;
    int64 count_ = 0;
};

struct Tables {
    Relation days, staging, superseded, merged, files;
};

// Of those that are to be told.
struct Conflict {
    int64 file_id, kept_file_id;
    int32 line;
    Datum message;
};

// Lives in the memory context that is current when it is made.
class Merge {
public:
    Merge(const Tables &tables, EState *days_estate, Oid superseded_ids, int64 merge_id)
        : tables_(tables), days_estate_(days_estate), superseded_(open_target(tables.superseded)),
          merged_(open_target(tables.merged)), superseded_ids_(superseded_ids), merge_id_(Int64GetDatum(merge_id)),
          context_(CurrentMemoryContext) {}

    // Settles some days. ERROR where the executor has to do it.
    void settle(DayVersions versions);
    void close() {
        close_target(superseded_);
        close_target(merged_);
    }

    int64 inserted() const { return inserted_; }
    int64 updated() const { return updated_; }
    int64 discarded() const { return staged_ - inserted_ - updated_; }
    bool all_settled() const { return all_settled_; }
    GrowingRows<Conflict> &conflicts() { return conflicts_; }

private:
    Tables tables_;
    EState *days_estate_;
    WriteTarget superseded_, merged_;
    Oid superseded_ids_;
    Datum merge_id_;
    MemoryContext context_;
    GrowingRows<Conflict> conflicts_;
    int64 inserted_ = 0, updated_ = 0, staged_ = 0;
    bool all_settled_ = true;

    void insert_new(GrowingRows<Day> &days);
    void replace_stored(GrowingRows<Day> &days);
    void keep_losers(GrowingRows<Day> &days, size_t version_count);
    void delete_staged(GrowingRows<Day> &days);
    void add_conflict(const DayVersion &loser, const DayVersion &winner);
};

void Merge::settle(DayVersions versions) {
    GrowingRows<Day> days;
    DayVersion *const *const last = versions.data() + versions.size();
    for (DayVersion *const *begin = versions.data(); begin != last; begin = days.end()[-1].end) {
        Day &day = days.add({begin, begin, nullptr});
        for (; day.end != last && (*day.end)->key == (*begin)->key; ++day.end) {
            if ((*day.end)->is_stored)
                day.stored = *day.end;
        }
    }
    insert_new(days);
    replace_stored(days);
    keep_losers(days, versions.size());
    delete_staged(days);
}

// Where nothing was stored the winner goes in, unless another session was faster: then the day waits for the next merge.
void Merge::insert_new(GrowingRows<Day> &days) {
    GrowingRows<TableRow> rows;
    for (const Day &day : days) {
        if (day.stored == nullptr)
            rows.add({day.winner()->values, day.winner()->nulls, false});
    }
    if (rows.count() == 0)
        return;
    if (direct_insert(RelationGetRelid(tables_.days), rows.begin(), rows.count()) < 0)
        ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE), errmsg("another session is storing the same days")));
    NewRows<kMergedColumns> merged(rows.count());
    const TableRow *row = rows.begin();
    const Day *const settled =
        std::remove_if(days.begin(), days.end(), [&](const Day &day) { return day.stored == nullptr && !(row++)->inserted; });
    all_settled_ &= settled == days.end();
    days.cut(settled);
    for (const Day &day : days) {
        if (day.stored != nullptr)
            continue;
        const DayVersion &winner = *day.winner();
        merged.add() = {{winner.values[kNmi], winner.values[kSuffix], winner.values[kDate], merge_id_, winner.values[kFile],
                         winner.values[kLine]},
                        {}};
        ++inserted_;
    }
    merged.insert_into(merged_);
}

void Merge::replace_stored(GrowingRows<Day> &days) {
    TupleTableSlot *slot = nullptr;
    const ResultRelInfo *partition = nullptr;
    for (const Day &day : days) {
        const DayVersion &winner = *day.winner();
        if (day.stored == nullptr || winner.is_stored)
            continue;
        if (winner.partition != partition) {
            partition = winner.partition;
            CheckCmdReplicaIdentity(partition->ri_RelationDesc, CMD_UPDATE);
            if (slot != nullptr)
                ExecDropSingleTupleTableSlot(slot);
            slot = table_slot_create(partition->ri_RelationDesc, nullptr);
        }
        ExecClearTuple(slot);
        std::copy_n(winner.values, kDayColumns, slot->tts_values);
        std::copy_n(winner.nulls, kDayColumns, slot->tts_isnull);
        ExecStoreVirtualTuple(slot);
        update_row(days_estate_, winner.partition, day.stored->row, slot);
    }
    if (slot != nullptr)
        ExecDropSingleTupleTableSlot(slot);
}

void Merge::keep_losers(GrowingRows<Day> &days, size_t version_count) {
    const Datum outcomes[] = {CStringGetTextDatum("replaced"), CStringGetTextDatum("older"), CStringGetTextDatum("equal"),
                              CStringGetTextDatum("conflict")};
    NewRows<kSupersededColumns> superseded(version_count);
    for (const Day &day : days) {
        const DayVersion &winner = *day.winner();
        staged_ += day.staged();
        for (DayVersion *const *at = day.begin + 1; at != day.end; ++at) {
            const DayVersion &loser = **at;
            const Outcome outcome = outcome_of(loser, winner);
            updated_ += loser.is_stored && outcome != Outcome::kEqual ? 1 : 0;
            if (outcome == Outcome::kConflict)
                add_conflict(loser, winner);
            RowOf<kSupersededColumns> &row = superseded.add();
            std::copy_n(loser.values, kDayColumns, row.values);
            std::copy_n(loser.nulls, kDayColumns, row.nulls);
            Datum *more = row.values + kDayColumns;
            *more++ = Int64GetDatum(nextval_internal(superseded_ids_, true));
            *more++ = winner.values[kFile];
            *more++ = winner.values[kLine];
            *more++ = outcomes[static_cast<int>(outcome)];
            *more++ = TimestampTzGetDatum(GetCurrentTimestamp());
            *more = merge_id_;
            row.nulls[kSupersededColumns - 1] = !loser.is_stored;
        }
    }
    superseded.insert_into(superseded_);
}

void Merge::delete_staged(GrowingRows<Day> &days) {
    CheckCmdReplicaIdentity(tables_.staging, CMD_DELETE);
    for (const Day &day : days) {
        for (DayVersion *const *version = day.begin; version != day.end; ++version) {
            if (!(*version)->is_stored)
                delete_row(tables_.staging, (*version)->row);
        }
    }
}

char *text_of(Datum value) { return to_cstring(view_of(DatumGetTextPP(value))); }

void Merge::add_conflict(const DayVersion &loser, const DayVersion &winner) {
    const MemoryContext caller = MemoryContextSwitchTo(context_);
    const int64 kept = winner.stamp.file_id;
    conflicts_.add({loser.stamp.file_id, kept, loser.stamp.line,
                    CStringGetTextDatum(psprintf("%s %s of %s: files " INT64_FORMAT " and " INT64_FORMAT
                                                 " have the same times and other content; file " INT64_FORMAT " was kept",
                                                 text_of(loser.values[kNmi]), text_of(loser.values[kSuffix]),
                                                 DatumGetCString(DirectFunctionCall1(date_out, loser.values[kDate])),
                                                 loser.stamp.file_id, kept, kept))});
    MemoryContextSwitchTo(caller);
}

// As arrays: each loser's file and line, and what to tell people.
void put_conflicts(GrowingRows<Conflict> &conflicts, Datum *out) {
    const int count = conflicts.count();
    const auto array_of = [&](auto value_of, Oid type, int size, bool by_value, char alignment) {
        GrowingRows<Datum> values;
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
    constexpr int kDaysAtATime = 1000;
    constexpr Size kUsualSize = Size{2} << 20;
    MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "nem12 merge", kUsualSize, ALLOCSET_DEFAULT_INITSIZE,
                                                  ALLOCSET_DEFAULT_MAXSIZE);
    const MemoryContext caller = MemoryContextSwitchTo(context);
    for (DayVersions versions = reader.read(kDaysAtATime); !versions.empty(); versions = reader.read(kDaysAtATime)) {
        merge.settle(versions);
        MemoryContextReset(context);
    }
    MemoryContextSwitchTo(caller);
    MemoryContextDelete(context);
}

// NULL: the executor has to do it, and nothing was done.
NullableDatum merge_days(FunctionCallInfo fcinfo, const Tables &tables) {
    ArrayType *ids = PG_GETARG_ARRAYTYPE_P(6);
    const auto count = static_cast<size_t>(ArrayGetNItems(ARR_NDIM(ids), ARR_DIMS(ids)));
    const std::span<const int64> staging_ids{reinterpret_cast<const int64 *>(ARR_DATA_PTR(ids)), count};
    if (count == 0 || array_contains_nulls(ids) || !std::is_sorted(staging_ids.begin(), staging_ids.end()))
        return {0, true};
    FileStamps files(tables.files);
    DayPartitions partitions = open_partitions(tables.days);
    DayReader reader(tables.staging, partitions, files, PG_GETARG_BOOL(8));
    NullableDatum result{0, true};
    if (reader.find_days(staging_ids)) {
        Merge merge(tables, partitions.days.estate, PG_GETARG_OID(5), PG_GETARG_INT64(7));
        settle_days(reader, merge);
        result = {row_of(fcinfo, merge), false};
        merge.close();
    }
    reader.close();
    close_partitions(partitions);
    files.close();
    CommandCounterIncrement();
    return result;
}

} // namespace
} // namespace nem12::pg

using namespace nem12::pg;

// (days, staging, superseded, merged, files, the sequence of superseded, staging ids, merge id, updates_first)
NEM12_FUNCTION(nem12_merge_days_directly) {
    if (OidIsValid(get_extension_oid("citus", true)))
        PG_RETURN_NULL();
    const Tables tables{table_open(PG_GETARG_OID(0), RowExclusiveLock), table_open(PG_GETARG_OID(1), RowExclusiveLock),
                        table_open(PG_GETARG_OID(2), RowExclusiveLock), table_open(PG_GETARG_OID(3), RowExclusiveLock),
                        table_open(PG_GETARG_OID(4), AccessShareLock)};
    NullableDatum result{0, true};
    if (can_route(tables.days) && is_plain_staging(tables.staging) && is_plain_superseded(tables.superseded) &&
        is_plain_merged(tables.merged) && !tables.files->rd_rel->relrowsecurity)
        result = merge_days(fcinfo, tables);
    for (Relation table : {tables.days, tables.staging, tables.superseded, tables.merged, tables.files})
        table_close(table, NoLock);
    fcinfo->isnull = result.isnull;
    return result.value;
}

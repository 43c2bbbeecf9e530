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

// Rows for one table, gathered to be inserted together.
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
    void insert_into(Relation table) {
        if (count_ == 0)
            return;
        WriteTarget target = open_target(table);
        insert_rows(target.estate, target.relation, inserts_, count_);
        close_target(target);
    }

private:
    RowOf<Columns> *rows_;
    TableRow *inserts_;
    int64 count_ = 0;
};

struct Tables {
    Relation days, staging, superseded, merged, files;
};

struct Conflict {
    const DayVersion *loser, *winner;
};

class Merge {
public:
    Merge(const Tables &tables, Oid superseded_ids, int64 merge_id, DayVersions versions);

    // Where nothing was stored the winner goes in, unless another session was faster: then the day waits for the next merge.
    // False: the executor has to do it, and nothing was done.
    bool insert_new();
    void replace_stored(EState *estate);
    void keep_losers();
    void delete_staged();

    int64 inserted() const { return inserted_; }
    int64 updated() const { return updated_; }
    int64 discarded() const { return staged_ - inserted_ - updated_; }
    bool all_settled() const { return all_settled_; }
    std::span<const Conflict> conflicts() const { return {conflicts_, static_cast<size_t>(conflict_count_)}; }

private:
    Tables tables_;
    Oid superseded_ids_;
    Datum merge_id_;
    size_t version_count_;
    Day *days_;
    int64 day_count_ = 0;
    Conflict *conflicts_;
    int64 conflict_count_ = 0;
    int64 inserted_ = 0, updated_ = 0, staged_ = 0;
    bool all_settled_ = true;
};

Merge::Merge(const Tables &tables, Oid superseded_ids, int64 merge_id, DayVersions versions)
    : tables_(tables), superseded_ids_(superseded_ids), merge_id_(Int64GetDatum(merge_id)), version_count_(versions.size()),
      days_(static_cast<Day *>(palloc_extended(sizeof(Day) * (versions.size() + 1), MCXT_ALLOC_HUGE))),
      conflicts_(static_cast<Conflict *>(palloc_extended(sizeof(Conflict) * (versions.size() + 1), MCXT_ALLOC_HUGE))) {
    DayVersion *const *const last = versions.data() + versions.size();
    for (DayVersion *const *begin = versions.data(); begin != last; begin = days_[day_count_ - 1].end) {
        Day &day = days_[day_count_++];
        day = {begin, begin, nullptr};
        for (; day.end != last && (*day.end)->key == (*begin)->key; ++day.end) {
            if ((*day.end)->is_stored)
                day.stored = *day.end;
        }
    }
}

bool Merge::insert_new() {
    auto *rows = static_cast<TableRow *>(palloc_extended(sizeof(TableRow) * (day_count_ + 1), MCXT_ALLOC_HUGE));
    int64 count = 0;
    for (Day *day = days_; day != days_ + day_count_; ++day) {
        if (day->stored == nullptr)
            rows[count++] = {day->winner()->values, day->winner()->nulls, false};
    }
    if (count == 0)
        return true;
    if (direct_insert(RelationGetRelid(tables_.days), rows, count) < 0)
        return false;
    NewRows<kMergedColumns> merged(count);
    const TableRow *row = rows;
    const auto is_left = [&](const Day &day) { return day.stored == nullptr && !(row++)->inserted; };
    Day *settled = days_;
    for (Day *day = days_; day != days_ + day_count_; ++day) {
        if (is_left(*day)) {
            all_settled_ = false;
            continue;
        }
        *settled++ = *day;
        if (day->stored != nullptr)
            continue;
        ++inserted_;
        const DayVersion &winner = *day->winner();
        merged.add() = {{winner.values[kNmi], winner.values[kSuffix], winner.values[kDate], merge_id_, winner.values[kFile],
                         winner.values[kLine]},
                        {}};
    }
    day_count_ = settled - days_;
    merged.insert_into(tables_.merged);
    return true;
}

void Merge::replace_stored(EState *estate) {
    TupleTableSlot *slot = nullptr;
    const ResultRelInfo *partition = nullptr;
    for (const Day *day = days_; day != days_ + day_count_; ++day) {
        DayVersion &winner = *day->winner();
        if (day->stored == nullptr || winner.is_stored)
            continue;
        if (winner.partition != partition) {
            partition = winner.partition;
            CheckCmdReplicaIdentity(partition->ri_RelationDesc, CMD_UPDATE);
            slot = table_slot_create(partition->ri_RelationDesc, &estate->es_tupleTable);
        }
        ExecClearTuple(slot);
        std::copy_n(winner.values, kDayColumns, slot->tts_values);
        std::copy_n(winner.nulls, kDayColumns, slot->tts_isnull);
        ExecStoreVirtualTuple(slot);
        update_row(estate, winner.partition, day->stored->row, slot);
        CHECK_FOR_INTERRUPTS();
    }
}

void Merge::keep_losers() {
    const Datum outcomes[] = {CStringGetTextDatum("replaced"), CStringGetTextDatum("older"), CStringGetTextDatum("equal"),
                              CStringGetTextDatum("conflict")};
    NewRows<kSupersededColumns> superseded(version_count_);
    for (const Day *day = days_; day != days_ + day_count_; ++day) {
        const DayVersion &winner = *day->winner();
        staged_ += day->staged();
        for (DayVersion *const *at = day->begin + 1; at != day->end; ++at) {
            const DayVersion &loser = **at;
            const Outcome outcome = outcome_of(loser, winner);
            updated_ += loser.is_stored && outcome != Outcome::kEqual ? 1 : 0;
            if (outcome == Outcome::kConflict)
                conflicts_[conflict_count_++] = {&loser, &winner};
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
    superseded.insert_into(tables_.superseded);
}

void Merge::delete_staged() {
    CheckCmdReplicaIdentity(tables_.staging, CMD_DELETE);
    for (const Day *day = days_; day != days_ + day_count_; ++day) {
        for (DayVersion *const *version = day->begin; version != day->end; ++version) {
            if (!(*version)->is_stored)
                delete_row(tables_.staging, (*version)->row);
        }
        CHECK_FOR_INTERRUPTS();
    }
}

char *text_of(Datum value) { return to_cstring(view_of(DatumGetTextPP(value))); }

// As arrays: each loser's file and line, and what to tell people.
void put_conflicts(std::span<const Conflict> conflicts, Datum *out) {
    const auto count = static_cast<int>(conflicts.size());
    auto *values = static_cast<Datum *>(palloc_extended(sizeof(Datum) * 3 * (conflicts.size() + 1), MCXT_ALLOC_HUGE));
    Datum *const files = values;
    Datum *const lines = files + count;
    Datum *const messages = lines + count;
    for (int i = 0; i < count; ++i) {
        const DayVersion &loser = *conflicts[i].loser;
        const int64 kept = conflicts[i].winner->stamp.file_id;
        files[i] = loser.values[kFile];
        lines[i] = loser.values[kLine];
        messages[i] = CStringGetTextDatum(psprintf("%s %s of %s: files " INT64_FORMAT " and " INT64_FORMAT
                                                   " have the same times and other content; file " INT64_FORMAT " was kept",
                                                   text_of(loser.values[kNmi]), text_of(loser.values[kSuffix]),
                                                   DatumGetCString(DirectFunctionCall1(date_out, loser.values[kDate])),
                                                   loser.stamp.file_id, kept, kept));
    }
    out[0] = PointerGetDatum(construct_array(files, count, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
    out[1] = PointerGetDatum(construct_array(lines, count, INT4OID, sizeof(int32), true, TYPALIGN_INT));
    out[2] = PointerGetDatum(construct_array(messages, count, TEXTOID, -1, false, TYPALIGN_INT));
}

Datum row_of(FunctionCallInfo fcinfo, const Merge &merge) {
    TupleDesc columns;
    if (get_call_result_type(fcinfo, nullptr, &columns) != TYPEFUNC_COMPOSITE)
        elog(ERROR, "nem12: the result is not a row");
    Datum values[7] = {Int64GetDatum(merge.inserted()), Int64GetDatum(merge.updated()), Int64GetDatum(merge.discarded()),
                       BoolGetDatum(merge.all_settled())};
    bool nulls[7] = {};
    put_conflicts(merge.conflicts(), values + 4);
    return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(columns), values, nulls));
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
    DayVersions versions;
    NullableDatum result{0, true};
    if (read_versions(tables.staging, staging_ids, partitions, files, PG_GETARG_BOOL(8), versions)) {
        Merge merge(tables, PG_GETARG_OID(5), PG_GETARG_INT64(7), versions);
        if (merge.insert_new()) {
            merge.replace_stored(partitions.days.estate);
            merge.keep_losers();
            merge.delete_staged();
            result = {row_of(fcinfo, merge), false};
        }
    }
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

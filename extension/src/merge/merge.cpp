#include "merge/merge.hpp"

#include <algorithm>

#include "pg/text.hpp"
#include "store/direct_insert.hpp"
#include "store/row_of.hpp"

extern "C" {
#include "commands/sequence.h"
#include "utils/rel.h"
}

namespace nem12::merge {
namespace {

constexpr int kSupersededColumns = store::kDayColumns + 6;
constexpr int kMergedColumns = 6;

enum class Outcome : uint8_t { kReplaced, kOlder, kEqual, kConflict };

// Leaves no copies behind: a day may have many long versions.
bool same_bytes(Datum a, Datum b) {
    auto *left = reinterpret_cast<varlena *>(PG_DETOAST_DATUM_PACKED(a));
    auto *right = reinterpret_cast<varlena *>(PG_DETOAST_DATUM_PACKED(b));
    const bool same = pg::view_of(left) == pg::view_of(right);
    if (PointerGetDatum(left) != a)
        pfree(left);
    if (PointerGetDatum(right) != b)
        pfree(right);
    return same;
}

// Of texts and values: what same_bytes() takes.
static_assert([] {
    for (int column = 0; column < store::kDayColumns; ++column)
        if (store::kDayParts[column] == store::Part::kContent && store::kDayColumnTypes[column].type != TEXTOID &&
            column != store::kValues)
            return false;
    return true;
}());

bool same_content(const DayVersion &a, const DayVersion &b) {
    for (int column = 0; column < store::kDayColumns; ++column) {
        if (store::kDayParts[column] == store::Part::kContent &&
            (a.nulls[column] || b.nulls[column] || !same_bytes(a.values[column], b.values[column])))
            return false;
    }
    return true;
}

Outcome outcome_of(const DayVersion &loser, const DayVersion &winner) {
    const bool same_times = loser.stamp.created == winner.stamp.created && loser.stamp.updated == winner.stamp.updated;
    if (same_times && same_content(loser, winner))
        return Outcome::kEqual;
    if (same_times && loser.stamp.file_id != winner.stamp.file_id)
        return Outcome::kConflict;
    return loser.is_stored ? Outcome::kReplaced : Outcome::kOlder;
}

// Rows for one table, gathered to be inserted together. In the current memory context.
template <int Columns>
class NewRows {
public:
    explicit NewRows(size_t room)
        : rows_(static_cast<store::RowOf<Columns> *>(
              palloc_extended(sizeof(store::RowOf<Columns>) * (room + 1), MCXT_ALLOC_HUGE))),
          inserts_(static_cast<store::TableRow *>(palloc_extended(sizeof(store::TableRow) * (room + 1), MCXT_ALLOC_HUGE))) {}

    store::RowOf<Columns> &add() {
        store::RowOf<Columns> &row = rows_[count_];
        row = {};
        inserts_[count_++] = {row.values, row.nulls, true};
        return row;
    }
    void insert_into(const store::WriteTarget &target, const store::RowLayout &layout) {
        store::insert_rows(target.estate, target.relation, layout, inserts_, count_);
    }

private:
    store::RowOf<Columns> *rows_;
    store::TableRow *inserts_;
    int64 count_ = 0;
};

} // namespace

std::optional<MergeLayouts> find_layouts(const MergeTables &tables) {
    if (tables.files->rd_rel->relrowsecurity)
        return std::nullopt;
    const auto days = store::find_route(tables.days);
    const auto staging = store::find_staging_layout(tables.staging);
    const auto superseded = store::find_plain_layout(tables.superseded, store::kDayColumnTypes,
                                                     {{"superseded_id", INT8OID},
                                                      {"won_by_file_id", INT8OID},
                                                      {"won_by_line_no", INT4OID},
                                                      {"outcome", TEXTOID},
                                                      {"superseded_at", TIMESTAMPTZOID},
                                                      {"merge_id", INT8OID}});
    const auto merged = store::find_plain_layout(tables.merged, {},
                                                 {{"nmi", TEXTOID},
                                                  {"nmi_suffix", TEXTOID},
                                                  {"interval_date", DATEOID},
                                                  {"merge_id", INT8OID},
                                                  {"file_id", INT8OID},
                                                  {"line_no", INT4OID}});
    if (!days || !staging || !superseded || !merged)
        return std::nullopt;
    return MergeLayouts{*days, *staging, *superseded, *merged};
}

void Merge::settle(DayVersions versions) {
    pg::GrowingRows<MergedDay> days;
    DayVersion *const *const last = versions.data() + versions.size();
    for (DayVersion *const *begin = versions.data(); begin != last; begin = days.end()[-1].end) {
        MergedDay &day = days.add({begin, begin, nullptr});
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

// If nothing was stored, the winner is inserted, unless another session was faster: then the day waits for the next merge.
void Merge::insert_new(pg::GrowingRows<MergedDay> &days) {
    pg::GrowingRows<store::TableRow> rows;
    for (const MergedDay &day : days) {
        if (day.stored == nullptr)
            rows.add({day.winner()->values, day.winner()->nulls, false});
    }
    if (rows.count() == 0)
        return;
    if (store::direct_insert(RelationGetRelid(tables_.days), rows.begin(), rows.count()) < 0)
        ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE), errmsg("another session is storing the same days")));
    NewRows<kMergedColumns> merged(rows.count());
    const store::TableRow *row = rows.begin();
    const MergedDay *const settled = std::remove_if(
        days.begin(), days.end(), [&](const MergedDay &day) { return day.stored == nullptr && !(row++)->inserted; });
    all_settled_ &= settled == days.end();
    days.cut(settled);
    for (const MergedDay &day : days) {
        if (day.stored != nullptr)
            continue;
        const DayVersion &winner = *day.winner();
        merged.add() = {{winner.values[store::kNmi], winner.values[store::kSuffix], winner.values[store::kDate], merge_id_,
                         winner.values[store::kFile], winner.values[store::kLine]},
                        {}};
        ++inserted_;
    }
    merged.insert_into(merged_, layouts_.merged);
}

void Merge::replace_stored(pg::GrowingRows<MergedDay> &days) {
    TupleTableSlot *slot = nullptr;
    const store::DayPartition *partition = nullptr;
    for (const MergedDay &day : days) {
        const DayVersion &winner = *day.winner();
        if (day.stored == nullptr || winner.is_stored)
            continue;
        if (winner.partition != partition) {
            partition = winner.partition;
            const Relation table = partition->relation->ri_RelationDesc;
            CheckCmdReplicaIdentity(table, CMD_UPDATE);
            if (slot != nullptr)
                ExecDropSingleTupleTableSlot(slot);
            slot = store::create_slot(table);
        }
        ExecClearTuple(slot);
        if (partition->layout.has_others()) // they keep their values
            heap_deform_tuple(day.stored->tuple, slot->tts_tupleDescriptor, slot->tts_values, slot->tts_isnull);
        store::put_columns(slot, partition->layout, winner.values, winner.nulls);
        ExecStoreVirtualTuple(slot);
        store::update_row(days_estate_, partition->relation, day.stored->row, slot);
    }
    if (slot != nullptr)
        ExecDropSingleTupleTableSlot(slot);
}

void Merge::keep_losers(pg::GrowingRows<MergedDay> &days, size_t version_count) {
    const Datum outcomes[] = {CStringGetTextDatum("replaced"), CStringGetTextDatum("older"), CStringGetTextDatum("equal"),
                              CStringGetTextDatum("conflict")};
    NewRows<kSupersededColumns> superseded(version_count);
    for (const MergedDay &day : days) {
        const DayVersion &winner = *day.winner();
        staged_ += day.staged();
        for (DayVersion *const *at = day.begin + 1; at != day.end; ++at) {
            const DayVersion &loser = **at;
            const Outcome outcome = outcome_of(loser, winner);
            updated_ += loser.is_stored && outcome != Outcome::kEqual ? 1 : 0;
            if (outcome == Outcome::kConflict)
                add_conflict(loser, winner);
            store::RowOf<kSupersededColumns> &row = superseded.add();
            std::copy_n(loser.values, store::kDayColumns, row.values);
            std::copy_n(loser.nulls, store::kDayColumns, row.nulls);
            Datum *more = row.values + store::kDayColumns;
            *more++ = Int64GetDatum(nextval_internal(superseded_ids_, true));
            *more++ = winner.values[store::kFile];
            *more++ = winner.values[store::kLine];
            *more++ = outcomes[static_cast<int>(outcome)];
            *more++ = TimestampTzGetDatum(GetCurrentTimestamp());
            *more = merge_id_;
            row.nulls[kSupersededColumns - 1] = !loser.is_stored;
        }
    }
    superseded.insert_into(superseded_, layouts_.superseded);
}

void Merge::delete_staged(pg::GrowingRows<MergedDay> &days) {
    CheckCmdReplicaIdentity(tables_.staging, CMD_DELETE);
    for (const MergedDay &day : days) {
        for (DayVersion *const *version = day.begin; version != day.end; ++version) {
            if (!(*version)->is_stored)
                store::delete_row(tables_.staging, (*version)->row);
        }
    }
}

void Merge::add_conflict(const DayVersion &loser, const DayVersion &winner) {
    const MemoryContext caller = MemoryContextSwitchTo(context_);
    const int64 kept = winner.stamp.file_id;
    conflicts_.add({loser.stamp.file_id, loser.stamp.line,
                    CStringGetTextDatum(psprintf("%s %s of %s: files " INT64_FORMAT " and " INT64_FORMAT
                                                 " have the same times and other content; file " INT64_FORMAT " was kept",
                                                 TextDatumGetCString(loser.values[store::kNmi]),
                                                 TextDatumGetCString(loser.values[store::kSuffix]),
                                                 DatumGetCString(DirectFunctionCall1(date_out, loser.values[store::kDate])),
                                                 loser.stamp.file_id, kept, kept))});
    MemoryContextSwitchTo(caller);
}

} // namespace nem12::merge

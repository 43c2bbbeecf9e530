#include "readings/month_rows.hpp"

#include <algorithm>
#include <array>

#include "pg/btree_index.hpp"

extern "C" {
#include "access/genam.h"
#include "access/itup.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "access/tableam.h"
#include "executor/tuptable.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
}

namespace nem12::readings {
namespace {

constexpr int kConditions = 2;
using Conditions = std::array<ScanKeyData, kConditions>;

AttrNumber column_of(Relation table, const char *name) {
    const AttrNumber column = get_attnum(RelationGetRelid(table), name);
    if (column <= 0)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                        errmsg("table \"%s\" has no column \"%s\"", RelationGetRelationName(table), name)));
    return column;
}

void set_condition(ScanKeyData &key, AttrNumber column, int strategy, Oid collation, Datum value) {
    ScanKeyEntryInitialize(&key, 0, column, static_cast<StrategyNumber>(strategy), InvalidOid, collation,
                           strategy == BTEqualStrategyNumber ? F_TEXTEQ : F_TEXT_GT, value);
}

} // namespace

void MonthRows::open(Oid partition, const DayOwner &owner) {
    table_ = table_open(partition, AccessShareLock);
    nmi_ = column_of(table_, "nmi");
    suffix_ = column_of(table_, "nmi_suffix");
    date_ = column_of(table_, "interval_date");
    places_ = pg::columns_in_parent(RelationGetDescr(table_), parent_);
    const AttrNumber columns[] = {nmi_, suffix_, date_};
    index_ = pg::open_btree(table_, columns);
    if (index_ != nullptr)
        open_channels(owner);
    else
        read_all(owner);
}

void MonthRows::close() {
    for (int i = 0; i < channel_count_; ++i) {
        index_endscan(channels_[i].scan);
        ExecDropSingleTupleTableSlot(channels_[i].row);
    }
    channels_ = nullptr;
    channel_count_ = row_count_ = next_row_ = 0;
    given_ = -1;
    // The locks are the transaction's, as those of any table that is read.
    if (index_ != nullptr)
        index_close(index_, NoLock);
    if (table_ != nullptr)
        table_close(table_, NoLock);
    index_ = nullptr;
    table_ = nullptr;
}

void MonthRows::open_channels(const DayOwner &owner) {
    if (owner.has_suffix) {
        add_channel(owner);
        return;
    }
    // From suffix to suffix in the index, however many days there are of each.
    DayOwner channel = owner;
    channel.has_suffix = true;
    bool is_first = true;
    for (;;) {
        Conditions conditions;
        set_condition(conditions[0], 1, BTEqualStrategyNumber, index_->rd_indcollation[0], owner.nmi);
        set_condition(conditions[1], 2, BTGreaterStrategyNumber, index_->rd_indcollation[1], channel.suffix);
        const int count = is_first ? 1 : 2;
        IndexScanDesc scan = pg::begin_index_scan(table_, index_, snapshot_, count);
        scan->xs_want_itup = true;
        index_rescan(scan, conditions.data(), count, nullptr, 0);
        const bool found = index_getnext_tid(scan, ForwardScanDirection) != nullptr;
        if (found) {
            bool is_null;
            const Datum suffix = index_getattr(scan->xs_itup, 2, scan->xs_itupdesc, &is_null);
            channel.suffix = PointerGetDatum(PG_DETOAST_DATUM_COPY(suffix));
        }
        index_endscan(scan);
        if (!found)
            return;
        is_first = false;
        add_channel(channel);
    }
}

void MonthRows::add_channel(const DayOwner &owner) {
    const auto size = sizeof(Channel) * static_cast<size_t>(channel_count_ + 1);
    channels_ = static_cast<Channel *>(channels_ == nullptr ? palloc(size) : repalloc(channels_, size));
    Conditions conditions;
    set_condition(conditions[0], 1, BTEqualStrategyNumber, index_->rd_indcollation[0], owner.nmi);
    set_condition(conditions[1], 2, BTEqualStrategyNumber, index_->rd_indcollation[1], owner.suffix);
    Channel &channel = channels_[channel_count_++];
    channel.scan = pg::begin_index_scan(table_, index_, snapshot_, kConditions);
    channel.row = table_slot_create(table_, nullptr);
    index_rescan(channel.scan, conditions.data(), kConditions, nullptr, 0);
    advance(channel);
}

void MonthRows::advance(Channel &channel) {
    const ScanDirection direction = newest_first_ ? BackwardScanDirection : ForwardScanDirection;
    if (!index_getnext_slot(channel.scan, direction, channel.row)) {
        ExecClearTuple(channel.row);
        return;
    }
    bool is_null;
    channel.date = DatumGetDateADT(slot_getattr(channel.row, date_, &is_null));
}

void MonthRows::read_all(const DayOwner &owner) {
    const TupleDesc columns = RelationGetDescr(table_);
    values_ = static_cast<Datum *>(palloc(sizeof(Datum) * static_cast<size_t>(columns->natts)));
    nulls_ = static_cast<bool *>(palloc(sizeof(bool) * static_cast<size_t>(columns->natts)));
    Conditions conditions;
    set_condition(conditions[0], nmi_, BTEqualStrategyNumber, TupleDescAttr(columns, nmi_ - 1)->attcollation, owner.nmi);
    set_condition(conditions[1], suffix_, BTEqualStrategyNumber, TupleDescAttr(columns, suffix_ - 1)->attcollation,
                  owner.suffix);
    TupleTableSlot *slot = table_slot_create(table_, nullptr);
    TableScanDesc scan = table_beginscan(table_, snapshot_, owner.has_suffix ? 2 : 1, conditions.data());
    int capacity = 64; // the days of a month, of two channels
    rows_ = static_cast<Row *>(palloc(sizeof(Row) * static_cast<size_t>(capacity)));
    while (table_scan_getnextslot(scan, ForwardScanDirection, slot)) {
        if (row_count_ == capacity) {
            capacity *= 2;
            rows_ = static_cast<Row *>(repalloc(rows_, sizeof(Row) * static_cast<size_t>(capacity)));
        }
        bool is_null;
        const Datum date = slot_getattr(slot, date_, &is_null);
        rows_[row_count_] = {DatumGetDateADT(date), row_count_, ExecCopySlotHeapTuple(slot)};
        ++row_count_;
    }
    table_endscan(scan);
    ExecDropSingleTupleTableSlot(slot);
    std::sort(rows_, rows_ + row_count_, [this](const Row &a, const Row &b) {
        return a.date != b.date ? comes_before(a.date, b.date) : a.number < b.number;
    });
}

bool MonthRows::store(const Datum *values, const bool *nulls, TupleTableSlot *slot) const {
    ExecClearTuple(slot);
    for (int i = 0; i < parent_->natts; ++i) {
        const int place = places_ == nullptr ? i : places_->attnums[i] - 1;
        slot->tts_isnull[i] = place < 0 || nulls[place];
        slot->tts_values[i] = slot->tts_isnull[i] ? Datum{} : values[place];
    }
    ExecStoreVirtualTuple(slot);
    return true;
}

bool MonthRows::next(TupleTableSlot *slot, DateADT &date) {
    if (next_row_ < row_count_) {
        const Row &row = rows_[next_row_++];
        date = row.date;
        heap_deform_tuple(row.tuple, RelationGetDescr(table_), values_, nulls_);
        return store(values_, nulls_, slot);
    }
    if (given_ >= 0)
        advance(channels_[given_]);
    given_ = -1;
    for (int i = 0; i < channel_count_; ++i)
        if (!TupIsNull(channels_[i].row) && (given_ < 0 || comes_before(channels_[i].date, channels_[given_].date)))
            given_ = i;
    if (given_ < 0)
        return false;
    date = channels_[given_].date;
    slot_getallattrs(channels_[given_].row);
    return store(channels_[given_].row->tts_values, channels_[given_].row->tts_isnull, slot);
}

} // namespace nem12::readings

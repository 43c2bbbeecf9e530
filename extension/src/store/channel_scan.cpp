#include "store/channel_scan.hpp"

extern "C" {
#include "access/nbtree.h"
#include "access/tableam.h"
#include "storage/bufmgr.h"
#include "storage/bufpage.h"
#include "storage/freespace.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
}

namespace nem12::store {

ChannelScan::ChannelScan(Relation table, Relation index, Snapshot snapshot)
    : table_(table), scan_(pg::begin_index_scan(table, index, snapshot, kConditions)),
      slot_(table_slot_create(table, nullptr)) {
    constexpr struct {
        AttrNumber column;
        StrategyNumber strategy;
        RegProcedure comparison;
    } kEach[kConditions] = {{1, BTEqualStrategyNumber, F_TEXTEQ},
                            {2, BTEqualStrategyNumber, F_TEXTEQ},
                            {3, BTGreaterEqualStrategyNumber, F_DATE_GE},
                            {3, BTLessEqualStrategyNumber, F_DATE_LE}};
    for (int i = 0; i < kConditions; ++i)
        ScanKeyEntryInitialize(&conditions_[i], 0, kEach[i].column, kEach[i].strategy, InvalidOid,
                               index->rd_indcollation[kEach[i].column - 1], kEach[i].comparison, Datum{0});
}

void ChannelScan::start(Datum nmi, Datum suffix, DateADT first, DateADT last) {
    conditions_[0].sk_argument = nmi;
    conditions_[1].sk_argument = suffix;
    conditions_[2].sk_argument = DateADTGetDatum(first);
    conditions_[3].sk_argument = DateADTGetDatum(last);
    index_rescan(scan_, conditions_, kConditions, nullptr, 0);
}

// index_getnext_slot(), with a look at what it passes over.
TupleTableSlot *ChannelScan::next() {
    while (scan_->xs_heap_continue || index_getnext_tid(scan_, ForwardScanDirection) != nullptr) {
        const BlockNumber page = ItemPointerGetBlockNumber(&scan_->xs_heaptid);
        if (index_fetch_heap(scan_, slot_))
            return slot_;
        if (scan_->kill_prior_tuple && page != last_dead_) { // dead to everyone
            last_dead_ = page;
            offer_space(page);
        }
    }
    return nullptr;
}

void ChannelScan::offer_space(BlockNumber page) {
    const Buffer buffer = ReadBuffer(table_, page);
    LockBuffer(buffer, BUFFER_LOCK_SHARE);
    const Size space = PageGetHeapFreeSpace(BufferGetPage(buffer));
    UnlockReleaseBuffer(buffer);
    if (space < BLCKSZ / 2)
        return;
    RecordPageWithFreeSpace(table_, page, space);
    first_offered_ = Min(first_offered_, page);
    end_of_offered_ = Max(end_of_offered_, page + 1);
}

void ChannelScan::close() {
    index_endscan(scan_);
    ExecDropSingleTupleTableSlot(slot_);
    if (end_of_offered_ > 0)
        FreeSpaceMapVacuumRange(table_, first_offered_, end_of_offered_);
}

} // namespace nem12::store

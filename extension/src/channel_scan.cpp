#include "channel_scan.hpp"

extern "C" {
#include "access/nbtree.h"
#include "access/tableam.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
}

namespace nem12::pg {

ChannelScan::ChannelScan(Relation table, Relation index, Snapshot snapshot)
    : scan_(begin_index_scan(table, index, snapshot, kConditions)), slot_(table_slot_create(table, nullptr)) {
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

TupleTableSlot *ChannelScan::next() { return index_getnext_slot(scan_, ForwardScanDirection, slot_) ? slot_ : nullptr; }

void ChannelScan::close() {
    index_endscan(scan_);
    ExecDropSingleTupleTableSlot(slot_);
}

} // namespace nem12::pg

#pragma once
// The rows of one channel between two dates, by date, from a btree that begins with (nmi, nmi_suffix, interval_date).

#include "pg/postgres.hpp"

extern "C" {
#include "access/genam.h"
#include "access/relscan.h"
#include "access/skey.h"
}

namespace nem12::pg {

class ChannelScan {
public:
    // `snapshot` lives as long as the scan.
    ChannelScan(Relation table, Relation index, Snapshot snapshot);
    void start(Datum nmi, Datum suffix, DateADT first, DateADT last);
    // The next row, good until the next call; nullptr after the last.
    TupleTableSlot *next();
    void close();

private:
    static constexpr int kConditions = 4;
    IndexScanDesc scan_;
    TupleTableSlot *slot_;
    ScanKeyData conditions_[kConditions];
};

} // namespace nem12::pg

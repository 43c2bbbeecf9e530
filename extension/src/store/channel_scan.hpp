#pragma once
// The rows of one channel between two dates, by date, from a btree that begins with (nmi, nmi_suffix, interval_date).
//
// On its way it meets dead versions of these rows, and the server cleans their pages. A scan that is closed tells the table of
// the space there: days that are delivered again and again would otherwise take new pages until VACUUM comes.

#include "pg/postgres.hpp"

extern "C" {
#include "access/genam.h"
#include "access/relscan.h"
#include "access/skey.h"
}

namespace nem12::store {

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
    Relation table_;
    IndexScanDesc scan_;
    TupleTableSlot *slot_;
    ScanKeyData conditions_[kConditions];
    BlockNumber last_dead_ = InvalidBlockNumber; // the page with dead rows that was met last
    BlockNumber first_offered_ = InvalidBlockNumber;
    BlockNumber end_of_offered_ = 0;

    void offer_space(BlockNumber page);
};

} // namespace nem12::store

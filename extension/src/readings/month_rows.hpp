#pragma once
// The days of one NMI, or of one channel, in one month partition, by date.

#include "pg/postgres.hpp"

extern "C" {
#include "access/attmap.h"
#include "access/relscan.h"
#include "access/skey.h"
}

namespace nem12::readings {

// What the days have in common.
struct DayOwner {
    Datum nmi;
    Datum suffix;
    bool has_suffix;
};

// Each channel's days come from the partition's key as they are asked for; the channels of an NMI are merged by date. A
// partition without that key is read as a whole and sorted.
class MonthRows {
public:
    // Rows are given out as those of `parent` have their columns.
    MonthRows(TupleDesc parent, Snapshot snapshot, bool newest_first)
        : parent_(parent), snapshot_(snapshot), newest_first_(newest_first) {}

    // Begins to read what `owner` has in `partition`, after close(). What it needs is palloc'd in the current context, which
    // has to live until then.
    void open(Oid partition, const DayOwner &owner);
    void close();

    // The next row into `slot`, a virtual one, where it lives until the next call; false after the last.
    bool next(TupleTableSlot *slot, DateADT &date);

private:
    struct Channel {
        IndexScanDesc scan;
        TupleTableSlot *row; // the next one; empty after the last
        DateADT date;
    };
    struct Row {
        DateADT date;
        int number; // as read
        HeapTuple tuple;
    };

    bool comes_before(DateADT a, DateADT b) const { return newest_first_ ? a > b : a < b; }
    void open_channels(const DayOwner &owner);
    void add_channel(const DayOwner &owner);
    void advance(Channel &channel);
    void read_all(const DayOwner &owner);
    bool store(const Datum *values, const bool *nulls, TupleTableSlot *slot) const;

    TupleDesc parent_;
    Snapshot snapshot_;
    bool newest_first_;
    Relation table_ = nullptr; // nullptr: closed
    Relation index_ = nullptr; // nullptr: without
    AttrNumber nmi_ = 0;       // columns of the partition
    AttrNumber suffix_ = 0;
    AttrNumber date_ = 0;
    AttrMap *places_ = nullptr; // where the parent's columns are in the partition; nullptr: where they are in the parent
    Channel *channels_ = nullptr;
    int channel_count_ = 0;
    int given_ = -1; // the channel whose row was given out last, which is to go on
    Row *rows_ = nullptr;
    int row_count_ = 0;
    int next_row_ = 0;
    Datum *values_ = nullptr; // of one of rows_
    bool *nulls_ = nullptr;
};

} // namespace nem12::readings

#include "store/direct_insert.hpp"

#include "store/channel_scan.hpp"

extern "C" {
#include "access/table.h"
#include "catalog/pg_collation.h"
#include "commands/extension.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
}

namespace nem12::store {
namespace {

bool same_channel(const TableRow &a, const TableRow &b) {
    for (int column : {kNmi, kSuffix}) {
        if (a.values[column] != b.values[column] &&
            !DatumGetBool(DirectFunctionCall2Coll(texteq, C_COLLATION_OID, a.values[column], b.values[column])))
            return false;
    }
    return true;
}

DateADT date_of(const TableRow &row) { return DatumGetDateADT(row.values[kDate]); }

// Looks keys up in a partition's primary key, a channel's days in one go, seeing also what others have not committed yet.
class KeyProbe {
public:
    explicit KeyProbe(const DayPartition &partition)
        : date_(partition.layout.numbers[kDate]),
          scan_(partition.relation->ri_RelationDesc, partition.primary_key, dirty_snapshot()) {}

    // Rows [0, count) are one channel's, by date; of equal dates only the first is new. False when another session is about
    // to store, or has just deleted, one of the keys: waiting for it is the executor's business.
    bool mark_new(TableRow *rows, int64 count) {
        for (int64 i = 0; i < count; ++i)
            rows[i].inserted = i == 0 || date_of(rows[i]) != date_of(rows[i - 1]);
        scan_.start(rows[0].values[kNmi], rows[0].values[kSuffix], date_of(rows[0]), date_of(rows[count - 1]));
        int64 i = 0;
        while (TupleTableSlot *slot = scan_.next()) {
            if (TransactionIdIsValid(dirty_.xmin) || TransactionIdIsValid(dirty_.xmax))
                return false;
            bool is_null = false;
            const DateADT stored = DatumGetDateADT(slot_getattr(slot, date_, &is_null));
            while (i < count && date_of(rows[i]) < stored)
                ++i;
            if (i < count && date_of(rows[i]) == stored)
                rows[i].inserted = false;
        }
        return true;
    }

    void close() { scan_.close(); }

private:
    AttrNumber date_;
    SnapshotData dirty_;
    ChannelScan scan_;

    Snapshot dirty_snapshot() {
        InitDirtySnapshot(dirty_);
        return &dirty_;
    }
};

// Looks up the rows [0, count) of one partition; false as KeyProbe::mark_new.
bool find_new_rows(const DayPartition &leaf, TableRow *rows, int64 count) {
    KeyProbe probe(leaf);
    bool settled = true;
    for (int64 begin = 0, end = 0; settled && begin < count; begin = end) {
        for (end = begin + 1; end < count && same_channel(rows[begin], rows[end]);)
            ++end;
        settled = probe.mark_new(rows + begin, end - begin);
    }
    probe.close();
    return settled;
}

} // namespace

int64 direct_insert(Oid oid, TableRow *rows, int64 count) {
    if (OidIsValid(get_extension_oid("citus", true)))
        return -1;
    const Relation table = table_open(oid, RowExclusiveLock);
    const std::optional<RowLayout> route = find_route(table);
    if (!route) {
        table_close(table, NoLock);
        return -1;
    }
    DayPartitions partitions = open_partitions(table, *route);
    bool direct = true;
    auto **leaves = static_cast<const DayPartition **>(palloc(sizeof(DayPartition *) * (count + 1)));
    for (int64 i = 0; i < count && direct; ++i) {
        leaves[i] = partition_of(partitions, rows[i]);
        direct = leaves[i] != nullptr;
    }
    const auto end_of_partition = [&](int64 begin) {
        int64 end = begin;
        while (end < count && leaves[end] == leaves[begin])
            ++end;
        return end;
    };
    // Everything is looked up before anything is written, so that "the executor has to do it" leaves nothing behind.
    for (int64 begin = 0; direct && begin < count; begin = end_of_partition(begin))
        direct = find_new_rows(*leaves[begin], rows + begin, end_of_partition(begin) - begin);
    int64 inserted = 0;
    for (int64 begin = 0; direct && begin < count; begin = end_of_partition(begin)) {
        inserted += insert_rows(partitions.days.estate, leaves[begin]->relation, leaves[begin]->layout, rows + begin,
                                end_of_partition(begin) - begin);
        CHECK_FOR_INTERRUPTS();
    }
    pfree(leaves);
    close_partitions(partitions);
    table_close(table, NoLock);
    CommandCounterIncrement();
    return direct ? inserted : -1;
}

} // namespace nem12::store

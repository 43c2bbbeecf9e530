#include "direct_insert.hpp"

#include <iterator>

#include "pg/postgres.hpp"

extern "C" {
#include "access/heapam.h"
#include "access/nbtree.h"
#include "access/tableam.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "commands/extension.h"
#include "executor/execPartition.h"
#include "parser/parse_relation.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
}

namespace nem12::pg {
namespace {

constexpr AttrNumber kKeyColumns[] = {1, 2, 4}; // nmi, nmi_suffix, interval_date: where they stand in the table
constexpr int kDateColumn = 4;
constexpr int kBatch = 1000; // tuples handed to the table at once, as COPY does

struct Target {
    Relation table;
    EState *estate;
    ModifyTableState *state; // what the partition routing wants to see of a plan
    PartitionTupleRouting *routing;
    TupleTableSlot *routing_slot;
};

Relation primary_key_of(ResultRelInfo *leaf) {
    for (int i = 0; i < leaf->ri_NumIndices; ++i) {
        const Form_pg_index index = leaf->ri_IndexRelationDescs[i]->rd_index;
        if (!index->indisprimary || index->indnkeyatts != std::ssize(kKeyColumns) || !index->indisvalid)
            continue;
        bool same_columns = true;
        for (int key = 0; key < std::ssize(kKeyColumns); ++key)
            same_columns &= index->indkey.values[key] == kKeyColumns[key];
        if (same_columns && leaf->ri_IndexRelationDescs[i]->rd_rel->relam == BTREE_AM_OID)
            return leaf->ri_IndexRelationDescs[i];
    }
    return nullptr;
}

// Rows are in the order of nem12_interval_days as it was created: a column that the user added needs the executor, for its
// default, and so do rules, which COPY would pass over.
bool can_route(Relation table, int columns) {
    return table->rd_rel->relkind == RELKIND_PARTITIONED_TABLE && RelationGetNumberOfAttributes(table) == columns &&
           table->trigdesc == nullptr && table->rd_rules == nullptr && !table->rd_rel->relrowsecurity;
}

bool can_write_directly(ResultRelInfo *leaf) {
    const Relation relation = leaf->ri_RelationDesc;
    const TupleConstr *constraints = relation->rd_att->constr;
    return relation->rd_rel->relkind == RELKIND_RELATION && relation->rd_rel->relam == HEAP_TABLE_AM_OID &&
           relation->trigdesc == nullptr && !relation->rd_rel->relrowsecurity && leaf->ri_FdwRoutine == nullptr &&
           root_to_partition_map(leaf) == nullptr && (constraints == nullptr || !constraints->has_generated_stored) &&
           primary_key_of(leaf) != nullptr;
}

Target open_target(Relation table) {
    Target target{};
    target.table = table;
    target.estate = CreateExecutorState();
    ParseState *parse = make_parsestate(nullptr);
    addRangeTableEntryForRelation(parse, target.table, RowExclusiveLock, nullptr, false, false);
    init_range_table(target.estate, parse);
    ResultRelInfo *root = makeNode(ResultRelInfo);
    ExecInitResultRelation(target.estate, root, 1);
    target.state = makeNode(ModifyTableState);
    target.state->ps.state = target.estate;
    target.state->operation = CMD_INSERT;
    target.state->mt_nrels = 1;
    target.state->resultRelInfo = root;
    target.state->rootResultRelInfo = root;
    target.routing = ExecSetupPartitionTupleRouting(target.estate, target.table);
    target.routing_slot = table_slot_create(target.table, &target.estate->es_tupleTable);
    return target;
}

void close_target(Target &target) {
    ExecCleanupTupleRouting(target.state, target.routing);
    ExecResetTupleTable(target.estate->es_tupleTable, false);
    ExecCloseResultRelations(target.estate);
    ExecCloseRangeTableRelations(target.estate);
    FreeExecutorState(target.estate);
}

ResultRelInfo *partition_of(Target &target, const TableRow &row) {
    ExecClearTuple(target.routing_slot);
    const int columns = RelationGetNumberOfAttributes(target.table);
    memcpy(target.routing_slot->tts_values, row.values, sizeof(Datum) * columns);
    memcpy(target.routing_slot->tts_isnull, row.nulls, sizeof(bool) * columns);
    ExecStoreVirtualTuple(target.routing_slot);
    ResultRelInfo *leaf =
        ExecFindPartition(target.state, target.state->rootResultRelInfo, target.routing, target.routing_slot, target.estate);
    ResetPerTupleExprContext(target.estate);
    return leaf;
}

bool same_channel(const TableRow &a, const TableRow &b) {
    for (int column = 0; column < 2; ++column) {
        if (a.values[column] != b.values[column] &&
            !DatumGetBool(DirectFunctionCall2Coll(texteq, C_COLLATION_OID, a.values[column], b.values[column])))
            return false;
    }
    return true;
}

DateADT date_of(const TableRow &row) { return DatumGetDateADT(row.values[kDateColumn - 1]); }

// Looks keys up in a partition's primary key, a channel's days in one go, seeing also what others have not committed yet.
class KeyProbe {
public:
    KeyProbe(ResultRelInfo *leaf, Relation index) : slot_(table_slot_create(leaf->ri_RelationDesc, nullptr)) {
        InitDirtySnapshot(dirty_);
        scan_ = begin_index_scan(leaf->ri_RelationDesc, index, &dirty_, kConditions);
        set_condition(index, 0, 1, BTEqualStrategyNumber, F_TEXTEQ);
        set_condition(index, 1, 2, BTEqualStrategyNumber, F_TEXTEQ);
        set_condition(index, 2, 3, BTGreaterEqualStrategyNumber, F_DATE_GE);
        set_condition(index, 3, 3, BTLessEqualStrategyNumber, F_DATE_LE);
    }

    // Rows [0, count) are one channel's, by date; of equal dates only the first is new. False when another session is about
    // to store, or has just deleted, one of the keys: waiting for it is the executor's business.
    bool mark_new(TableRow *rows, int64 count) {
        for (int64 i = 0; i < count; ++i)
            rows[i].inserted = i == 0 || date_of(rows[i]) != date_of(rows[i - 1]);
        conditions_[0].sk_argument = rows[0].values[0];
        conditions_[1].sk_argument = rows[0].values[1];
        conditions_[2].sk_argument = rows[0].values[kDateColumn - 1];
        conditions_[3].sk_argument = rows[count - 1].values[kDateColumn - 1];
        index_rescan(scan_, conditions_, kConditions, nullptr, 0);
        int64 i = 0;
        while (index_getnext_slot(scan_, ForwardScanDirection, slot_)) {
            if (TransactionIdIsValid(dirty_.xmin) || TransactionIdIsValid(dirty_.xmax))
                return false;
            bool is_null = false;
            const DateADT stored = DatumGetDateADT(slot_getattr(slot_, kDateColumn, &is_null));
            while (i < count && date_of(rows[i]) < stored)
                ++i;
            if (i < count && date_of(rows[i]) == stored)
                rows[i].inserted = false;
        }
        return true;
    }

    void close() {
        index_endscan(scan_);
        ExecDropSingleTupleTableSlot(slot_);
    }

private:
    static constexpr int kConditions = 4;
    SnapshotData dirty_;
    IndexScanDesc scan_;
    TupleTableSlot *slot_;
    ScanKeyData conditions_[kConditions];

    void set_condition(Relation index, int at, AttrNumber column, StrategyNumber strategy, RegProcedure comparison) {
        ScanKeyEntryInitialize(&conditions_[at], 0, column, strategy, InvalidOid, index->rd_indcollation[column - 1],
                               comparison, Datum{0});
    }
};

void write_batch(Target &target, ResultRelInfo *leaf, TupleTableSlot **slots, int count, BulkInsertState bulk) {
    const Relation relation = leaf->ri_RelationDesc;
    if (count == 0)
        return;
    if (relation->rd_att->constr != nullptr) {
        for (int i = 0; i < count; ++i) {
            ExecConstraints(leaf, slots[i], target.estate);
            ResetPerTupleExprContext(target.estate);
        }
    }
    MemoryContext caller = MemoryContextSwitchTo(GetPerTupleMemoryContext(target.estate));
    table_multi_insert(relation, slots, count, GetCurrentCommandId(true), 0, bulk);
    MemoryContextSwitchTo(caller);
    for (int i = 0; i < count; ++i) {
        insert_index_entries(leaf, slots[i], target.estate);
        ResetPerTupleExprContext(target.estate);
        ExecClearTuple(slots[i]);
    }
}

// Looks up the rows [0, count) of one partition; false as KeyProbe::mark_new.
bool find_new_rows(ResultRelInfo *leaf, TableRow *rows, int64 count) {
    KeyProbe probe(leaf, primary_key_of(leaf));
    bool settled = true;
    for (int64 begin = 0, end = 0; settled && begin < count; begin = end) {
        for (end = begin + 1; end < count && same_channel(rows[begin], rows[end]);)
            ++end;
        settled = probe.mark_new(rows + begin, end - begin);
    }
    probe.close();
    return settled;
}

// Inserts the new ones among the rows [0, count) of one partition; returns their number.
int64 write_partition(Target &target, ResultRelInfo *leaf, const TableRow *rows, int64 count) {
    const int columns = RelationGetNumberOfAttributes(target.table);
    const int batch = static_cast<int>(Min(count, kBatch));
    auto **slots = static_cast<TupleTableSlot **>(palloc(sizeof(TupleTableSlot *) * batch));
    for (int i = 0; i < batch; ++i)
        slots[i] = table_slot_create(leaf->ri_RelationDesc, nullptr);
    BulkInsertState bulk = GetBulkInsertState();
    int64 inserted = 0;
    int filled = 0;
    for (int64 i = 0; i < count; ++i) {
        if (!rows[i].inserted)
            continue;
        TupleTableSlot *slot = slots[filled++];
        memcpy(slot->tts_values, rows[i].values, sizeof(Datum) * columns);
        memcpy(slot->tts_isnull, rows[i].nulls, sizeof(bool) * columns);
        ExecStoreVirtualTuple(slot);
        slot->tts_tableOid = RelationGetRelid(leaf->ri_RelationDesc); // a constraint may ask for it
        ++inserted;
        if (filled == batch) {
            write_batch(target, leaf, slots, filled, bulk);
            filled = 0;
        }
    }
    write_batch(target, leaf, slots, filled, bulk);
    FreeBulkInsertState(bulk);
    for (int i = 0; i < batch; ++i)
        ExecDropSingleTupleTableSlot(slots[i]);
    pfree(slots);
    return inserted;
}

} // namespace

int64 direct_insert(Oid oid, int columns, TableRow *rows, int64 count) {
    if (OidIsValid(get_extension_oid("citus", true)))
        return -1;
    const Relation table = table_open(oid, RowExclusiveLock);
    if (!can_route(table, columns)) {
        table_close(table, NoLock);
        return -1;
    }
    Target target = open_target(table);
    bool direct = true;
    ResultRelInfo **leaves = static_cast<ResultRelInfo **>(palloc(sizeof(ResultRelInfo *) * (count + 1)));
    for (int64 i = 0; i < count && direct; ++i) {
        leaves[i] = partition_of(target, rows[i]);
        direct = (i > 0 && leaves[i] == leaves[i - 1]) || can_write_directly(leaves[i]);
    }
    const auto end_of_partition = [&](int64 begin) {
        int64 end = begin;
        while (end < count && leaves[end] == leaves[begin])
            ++end;
        return end;
    };
    // Everything is looked up before anything is written, so that "the executor has to do it" leaves nothing behind.
    for (int64 begin = 0; direct && begin < count; begin = end_of_partition(begin))
        direct = find_new_rows(leaves[begin], rows + begin, end_of_partition(begin) - begin);
    int64 inserted = 0;
    for (int64 begin = 0; direct && begin < count; begin = end_of_partition(begin)) {
        inserted += write_partition(target, leaves[begin], rows + begin, end_of_partition(begin) - begin);
        CHECK_FOR_INTERRUPTS();
    }
    pfree(leaves);
    close_target(target);
    table_close(table, NoLock);
    CommandCounterIncrement();
    return direct ? inserted : -1;
}

} // namespace nem12::pg

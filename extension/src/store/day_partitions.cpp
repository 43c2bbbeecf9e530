#include "store/day_partitions.hpp"

#include <iterator>

extern "C" {
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "utils/rel.h"
}

namespace nem12::store {
namespace {

constexpr AttrNumber kKeyColumns[] = {kNmi + 1, kSuffix + 1, kDate + 1};

} // namespace

bool can_route(Relation days) {
    return days->rd_rel->relkind == RELKIND_PARTITIONED_TABLE && RelationGetNumberOfAttributes(days) == kDayColumns &&
           days->trigdesc == nullptr && days->rd_rules == nullptr && !days->rd_rel->relrowsecurity;
}

DayPartitions open_partitions(Relation days) {
    DayPartitions partitions{};
    partitions.days = open_target(days);
    EState *estate = partitions.days.estate;
    partitions.state = makeNode(ModifyTableState);
    partitions.state->ps.state = estate;
    partitions.state->operation = CMD_INSERT;
    partitions.state->mt_nrels = 1;
    partitions.state->resultRelInfo = partitions.days.relation;
    partitions.state->rootResultRelInfo = partitions.days.relation;
    partitions.routing = ExecSetupPartitionTupleRouting(estate, days);
    partitions.slot = table_slot_create(days, &estate->es_tupleTable);
    return partitions;
}

void close_partitions(DayPartitions &partitions) {
    ExecCleanupTupleRouting(partitions.state, partitions.routing);
    close_target(partitions.days);
}

ResultRelInfo *partition_of(DayPartitions &partitions, const TableRow &row) {
    EState *estate = partitions.days.estate;
    ExecClearTuple(partitions.slot);
    memcpy(partitions.slot->tts_values, row.values, sizeof(Datum) * kDayColumns);
    memcpy(partitions.slot->tts_isnull, row.nulls, sizeof(bool) * kDayColumns);
    ExecStoreVirtualTuple(partitions.slot);
    ResultRelInfo *partition =
        ExecFindPartition(partitions.state, partitions.days.relation, partitions.routing, partitions.slot, estate);
    ResetPerTupleExprContext(estate);
    return can_write_directly(partition) && primary_key_of(partition) != nullptr ? partition : nullptr;
}

Relation primary_key_of(ResultRelInfo *partition) {
    for (int i = 0; i < partition->ri_NumIndices; ++i) {
        const Form_pg_index index = partition->ri_IndexRelationDescs[i]->rd_index;
        if (!index->indisprimary || index->indnkeyatts != std::ssize(kKeyColumns) || !index->indisvalid)
            continue;
        bool same_columns = true;
        for (int key = 0; key < std::ssize(kKeyColumns); ++key)
            same_columns &= index->indkey.values[key] == kKeyColumns[key];
        if (same_columns && partition->ri_IndexRelationDescs[i]->rd_rel->relam == BTREE_AM_OID)
            return partition->ri_IndexRelationDescs[i];
    }
    return nullptr;
}

} // namespace nem12::store

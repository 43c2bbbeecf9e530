#include "store/day_partitions.hpp"

#include <algorithm>
#include <iterator>

extern "C" {
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "utils/rel.h"
}

namespace nem12::store {
namespace {

// nullptr: the partition has another key.
Relation primary_key_of(ResultRelInfo *partition, const RowLayout &layout) {
    constexpr int kKey[] = {kNmi, kSuffix, kDate};
    for (int i = 0; i < partition->ri_NumIndices; ++i) {
        const Form_pg_index index = partition->ri_IndexRelationDescs[i]->rd_index;
        if (!index->indisprimary || index->indnkeyatts != std::ssize(kKey) || !index->indisvalid)
            continue;
        const bool same_columns = std::equal(std::begin(kKey), std::end(kKey), index->indkey.values,
                                             [&](int ours, int16 number) { return layout.numbers[ours] == number; });
        if (same_columns && partition->ri_IndexRelationDescs[i]->rd_rel->relam == BTREE_AM_OID)
            return partition->ri_IndexRelationDescs[i];
    }
    return nullptr;
}

// nullptr as partition_of().
const DayPartition *add_partition(DayPartitions &partitions, ResultRelInfo *relation) {
    if (!can_write_directly(relation))
        return nullptr;
    const std::optional<RowLayout> layout = find_layout(relation->ri_RelationDesc, kDayColumnTypes);
    const Relation primary_key = layout ? primary_key_of(relation, *layout) : nullptr;
    if (primary_key == nullptr)
        return nullptr;
    auto *partition =
        static_cast<DayPartition *>(MemoryContextAlloc(partitions.days.estate->es_query_cxt, sizeof(DayPartition)));
    *partition = {relation, *layout, primary_key, partitions.found};
    return partitions.found = partition;
}

} // namespace

std::optional<RowLayout> find_route(Relation days) {
    if (days->rd_rel->relkind != RELKIND_PARTITIONED_TABLE || days->trigdesc != nullptr || days->rd_rules != nullptr ||
        days->rd_rel->relrowsecurity)
        return std::nullopt;
    return find_layout(days, kDayColumnTypes);
}

DayPartitions open_partitions(Relation days, const RowLayout &route) {
    DayPartitions partitions{};
    partitions.days = open_target(days);
    partitions.layout = route;
    EState *estate = partitions.days.estate;
    partitions.state = makeNode(ModifyTableState);
    partitions.state->ps.state = estate;
    partitions.state->operation = CMD_INSERT;
    partitions.state->mt_nrels = 1;
    partitions.state->resultRelInfo = partitions.days.relation;
    partitions.state->rootResultRelInfo = partitions.days.relation;
    partitions.routing = ExecSetupPartitionTupleRouting(estate, days);
    partitions.slot = create_slot(days, &estate->es_tupleTable);
    return partitions;
}

void close_partitions(DayPartitions &partitions) {
    ExecCleanupTupleRouting(partitions.state, partitions.routing);
    close_target(partitions.days);
}

const DayPartition *partition_of(DayPartitions &partitions, const TableRow &row) {
    EState *estate = partitions.days.estate;
    ExecClearTuple(partitions.slot);
    put_columns(partitions.slot, partitions.layout, row.values, row.nulls);
    ExecStoreVirtualTuple(partitions.slot);
    ResultRelInfo *relation =
        ExecFindPartition(partitions.state, partitions.days.relation, partitions.routing, partitions.slot, estate);
    ResetPerTupleExprContext(estate);
    const DayPartition *partition = partitions.found;
    while (partition != nullptr && partition->relation != relation)
        partition = partition->next;
    return partition != nullptr ? partition : add_partition(partitions, relation);
}

} // namespace nem12::store

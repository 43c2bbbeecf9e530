#pragma once
// Executor calls whose shape changed between PostgreSQL 15 and 18.

#include "pg/postgres.hpp"

extern "C" {
#include "executor/executor.h"
#include "parser/parse_node.h"
}

namespace nem12::pg {

// 16 added permission infos, 18 the set of relations that initial pruning leaves.
inline void init_range_table(EState *estate, ParseState *parse) {
#if PG_VERSION_NUM >= 180000
    ExecInitRangeTable(estate, parse->p_rtable, parse->p_rteperminfos, bms_make_singleton(1));
#elif PG_VERSION_NUM >= 160000
    ExecInitRangeTable(estate, parse->p_rtable, parse->p_rteperminfos);
#else
    ExecInitRangeTable(estate, parse->p_rtable);
#endif
}

// NULL when the partition's columns stand as its parent's do.
inline TupleConversionMap *root_to_partition_map(ResultRelInfo *partition) {
#if PG_VERSION_NUM >= 160000
    return ExecGetRootToChildMap(partition, nullptr);
#else
    return partition->ri_RootToPartitionMap;
#endif
}

// 16 added onlySummarizing.
inline void insert_index_entries(ResultRelInfo *relation, TupleTableSlot *slot, EState *estate) {
#if PG_VERSION_NUM >= 160000
    ExecInsertIndexTuples(relation, slot, estate, false, false, nullptr, NIL, false);
#else
    ExecInsertIndexTuples(relation, slot, estate, false, false, nullptr, NIL);
#endif
}

} // namespace nem12::pg

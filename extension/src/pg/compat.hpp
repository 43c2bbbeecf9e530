#pragma once
// Differences between PostgreSQL 15 and 18, one macro or function each. Nothing else in the extension asks for the version.

#if PG_VERSION_NUM < 150000
#error "nem12 needs PostgreSQL 15 or later"
#endif

extern "C" {
#include "miscadmin.h"

#include "access/attmap.h"
#include "access/genam.h"
#include "access/tableam.h"
#include "catalog/pg_proc_d.h"
#include "commands/explain.h"
#include "executor/executor.h"
#include "nodes/nodeFuncs.h"
#include "nodes/primnodes.h"
#include "parser/parse_node.h"
#include "utils/acl.h"
#if PG_VERSION_NUM >= 160000
#include "varatt.h" // split off postgres.h in 16
#endif
#if PG_VERSION_NUM >= 180000
#include "commands/explain_format.h" // split off commands/explain.h in 18
#include "commands/explain_state.h"
#endif
}

// 18 lets a library say its name and version, which pg_get_loaded_modules() shows.
#ifdef PG_MODULE_MAGIC_EXT
#define NEM12_MODULE_MAGIC(module_name, module_version) PG_MODULE_MAGIC_EXT(.name = module_name, .version = module_version)
#else
#define NEM12_MODULE_MAGIC(module_name, module_version) PG_MODULE_MAGIC
#endif

namespace nem12::pg {

// Whether an outer join below the place where it is used may have turned this variable to NULL. 15 does not know yet;
// there the planner's own reduction of outer joins has to do.
inline bool var_is_nulled([[maybe_unused]] const Var *var) {
#if PG_VERSION_NUM >= 160000
    return var->varnullingrels != nullptr;
#else
    return false;
#endif
}

// What the tree walkers of the server take for a function over (Node *, Context *): up to 15 it is declared without arguments.
#if PG_VERSION_NUM >= 160000
using TreeWalker = tree_walker_callback;
using TreeMutator = tree_mutator_callback;
#else
using TreeWalker = bool (*)();
using TreeMutator = Node *(*)();
#endif
template <class Context>
TreeWalker tree_walker(bool (*function)(Node *, Context *)) {
    return reinterpret_cast<TreeWalker>(reinterpret_cast<void (*)()>(function));
}
template <class Context>
TreeMutator tree_mutator(Node *(*function)(Node *, Context *)) {
    return reinterpret_cast<TreeMutator>(reinterpret_cast<void (*)()>(function));
}

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

// Whether the current user may call the function. 16 asks for all kinds of objects in one way.
inline bool may_execute(Oid function) {
#if PG_VERSION_NUM >= 160000
    return object_aclcheck(ProcedureRelationId, function, GetUserId(), ACL_EXECUTE) == ACLCHECK_OK;
#else
    return pg_proc_aclcheck(function, GetUserId(), ACL_EXECUTE) == ACLCHECK_OK;
#endif
}

// Where a partition's columns stand in its parent; NULL when they stand as the parent's do. 16 added missing_ok.
inline AttrMap *columns_in_parent(TupleDesc partition, TupleDesc parent) {
#if PG_VERSION_NUM >= 160000
    return build_attrmap_by_name_if_req(partition, parent, false);
#else
    return build_attrmap_by_name_if_req(partition, parent);
#endif
}

// 18 added the place for EXPLAIN's counters.
inline IndexScanDesc begin_index_scan(Relation table, Relation index, Snapshot snapshot, int conditions) {
#if PG_VERSION_NUM >= 180000
    return index_beginscan(table, index, snapshot, nullptr, conditions, 0);
#else
    return index_beginscan(table, index, snapshot, conditions, 0);
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

// Which indexes need a new entry after an update. Up to 15 all or none; 16 added "those that summarize".
#if PG_VERSION_NUM >= 160000
using UpdatedIndexes = TU_UpdateIndexes;
#else
using UpdatedIndexes = bool;
#endif
inline bool needs_every_index(UpdatedIndexes indexes) {
#if PG_VERSION_NUM >= 160000
    return indexes == TU_All;
#else
    return indexes;
#endif
}
inline void update_index_entries(ResultRelInfo *relation, TupleTableSlot *slot, EState *estate, UpdatedIndexes indexes) {
#if PG_VERSION_NUM >= 160000
    if (indexes != TU_None)
        ExecInsertIndexTuples(relation, slot, estate, true, false, nullptr, NIL, indexes == TU_Summarizing);
#else
    if (indexes)
        ExecInsertIndexTuples(relation, slot, estate, true, false, nullptr, NIL);
#endif
}

} // namespace nem12::pg

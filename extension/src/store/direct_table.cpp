#include "store/direct_table.hpp"

#include <algorithm>

extern "C" {
#include "access/genam.h"
#include "access/heapam.h"
#include "access/tableam.h"
#include "catalog/index.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "executor/executor.h"
#include "parser/parse_relation.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
}

namespace nem12::store {
namespace {

constexpr int kBatch = 100; // tuples handed to the table at once: some pages

bool wants_executor(Relation table) {
    const TupleConstr *constraints = table->rd_att->constr;
    return table->rd_rel->relkind != RELKIND_RELATION || table->rd_rel->relam != HEAP_TABLE_AM_OID ||
           table->trigdesc != nullptr || table->rd_rel->relrowsecurity || table->rd_rel->relhassubclass ||
           (constraints != nullptr && constraints->has_generated_stored);
}

void check_constraints(EState *estate, ResultRelInfo *relation, TupleTableSlot *row) {
    if (relation->ri_RelationDesc->rd_att->constr == nullptr)
        return;
    ExecConstraints(relation, row, estate);
    ResetPerTupleExprContext(estate);
}

void write_batch(EState *estate, ResultRelInfo *relation, TupleTableSlot **slots, int count, BulkInsertState bulk) {
    if (count == 0)
        return;
    for (int i = 0; i < count; ++i)
        check_constraints(estate, relation, slots[i]);
    MemoryContext caller = MemoryContextSwitchTo(GetPerTupleMemoryContext(estate));
    table_multi_insert(relation->ri_RelationDesc, slots, count, GetCurrentCommandId(true), 0, bulk);
    MemoryContextSwitchTo(caller);
    for (int i = 0; i < count; ++i) {
        pg::insert_index_entries(relation, slots[i], estate);
        ResetPerTupleExprContext(estate);
        ExecClearTuple(slots[i]);
    }
}

void expect_ours(TM_Result result, Relation table) {
    if (result != TM_Ok)
        ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
                        errmsg("a row of \"%s\" was changed by another session", RelationGetRelationName(table))));
}

bool has_only_its_key(const ResultRelInfo *relation) {
    return relation->ri_NumIndices == 1 && relation->ri_IndexRelationDescs[0]->rd_index->indisprimary;
}

// The key is that of the old row, which is ours until the transaction ends: no other row has it, and looking for one is half
// the work. Where the old row is an update itself, older entries of the key may have died: then the index looks for them before
// it splits a page.
void insert_kept_key(EState *estate, ResultRelInfo *relation, const OldRow &old, TupleTableSlot *row) {
    Datum values[INDEX_MAX_KEYS];
    bool nulls[INDEX_MAX_KEYS];
    IndexInfo *info = relation->ri_IndexRelationInfo[0];
    FormIndexDatum(info, row, estate, values, nulls);
    index_insert(relation->ri_IndexRelationDescs[0], values, nulls, &row->tts_tid, relation->ri_RelationDesc, UNIQUE_CHECK_NO,
                 old.was_updated, info);
}

} // namespace

WriteTarget open_target(Relation table) {
    WriteTarget target{table, CreateExecutorState(), makeNode(ResultRelInfo)};
    ParseState *parse = make_parsestate(nullptr);
    addRangeTableEntryForRelation(parse, table, RowExclusiveLock, nullptr, false, false);
    pg::init_range_table(target.estate, parse);
    ExecInitResultRelation(target.estate, target.relation, 1);
    if (table->rd_rel->relkind == RELKIND_RELATION)
        ExecOpenIndices(target.relation, false);
    return target;
}

void close_target(WriteTarget &target) {
    ExecResetTupleTable(target.estate->es_tupleTable, false);
    ExecCloseResultRelations(target.estate);
    ExecCloseRangeTableRelations(target.estate);
    FreeExecutorState(target.estate);
}

bool is_plain_table(Relation table, std::span<const pg::Column> first, std::initializer_list<pg::Column> more) {
    if (wants_executor(table) || table->rd_rules != nullptr ||
        RelationGetNumberOfAttributes(table) != static_cast<int>(first.size() + more.size()))
        return false;
    int at = 0;
    const auto is_next = [&](const pg::Column &wanted) {
        const Form_pg_attribute column = TupleDescAttr(RelationGetDescr(table), at++);
        return !column->attisdropped && strcmp(NameStr(column->attname), wanted.name) == 0 &&
               (wanted.type == InvalidOid || column->atttypid == wanted.type);
    };
    return std::all_of(first.begin(), first.end(), is_next) && std::all_of(more.begin(), more.end(), is_next);
}

bool can_write_directly(ResultRelInfo *relation) {
    return !wants_executor(relation->ri_RelationDesc) && relation->ri_FdwRoutine == nullptr &&
           pg::root_to_partition_map(relation) == nullptr;
}

int64 insert_rows(EState *estate, ResultRelInfo *relation, const TableRow *rows, int64 count) {
    const Relation table = relation->ri_RelationDesc;
    const size_t columns = RelationGetNumberOfAttributes(table);
    const int batch = static_cast<int>(Min(count, kBatch));
    auto **slots = static_cast<TupleTableSlot **>(palloc(sizeof(TupleTableSlot *) * (batch + 1)));
    for (int i = 0; i < batch; ++i)
        slots[i] = table_slot_create(table, nullptr);
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
        slot->tts_tableOid = RelationGetRelid(table); // a constraint may ask for it
        ++inserted;
        if (filled == batch) {
            write_batch(estate, relation, slots, filled, bulk);
            filled = 0;
        }
    }
    write_batch(estate, relation, slots, filled, bulk);
    FreeBulkInsertState(bulk);
    for (int i = 0; i < batch; ++i)
        ExecDropSingleTupleTableSlot(slots[i]);
    pfree(slots);
    return inserted;
}

void update_row(EState *estate, ResultRelInfo *relation, const OldRow &old, TupleTableSlot *row) {
    const Relation table = relation->ri_RelationDesc;
    row->tts_tableOid = RelationGetRelid(table);
    check_constraints(estate, relation, row);
    MemoryContext caller = MemoryContextSwitchTo(GetPerTupleMemoryContext(estate));
    ItemPointerData place = old.place;
    TM_FailureData failure;
    LockTupleMode mode;
    pg::UpdatedIndexes indexes;
    const TM_Result result = table_tuple_update(table, &place, row, GetCurrentCommandId(true), GetActiveSnapshot(),
                                                InvalidSnapshot, true, &failure, &mode, &indexes);
    MemoryContextSwitchTo(caller);
    expect_ours(result, table);
    if (pg::needs_every_index(indexes) && has_only_its_key(relation))
        insert_kept_key(estate, relation, old, row);
    else
        pg::update_index_entries(relation, row, estate, indexes);
    ResetPerTupleExprContext(estate);
}

void delete_row(Relation table, const OldRow &old) {
    ItemPointerData place = old.place;
    TM_FailureData failure;
    expect_ours(table_tuple_delete(table, &place, GetCurrentCommandId(true), GetActiveSnapshot(), InvalidSnapshot, true,
                                   &failure, false),
                table);
}

} // namespace nem12::store

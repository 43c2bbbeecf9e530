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
#include "rewrite/rewriteHandler.h"
#include "utils/lsyscache.h"
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

// A column that nobody gives a value, and that is not NULL then or is asked whether it may be.
bool wants_value(Relation table, AttrNumber number) {
    const Form_pg_attribute column = TupleDescAttr(RelationGetDescr(table), number - 1);
    return !column->attisdropped &&
           (get_typtype(column->atttypid) == TYPTYPE_DOMAIN || build_column_default(table, number) != nullptr);
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

std::optional<RowLayout> find_layout(Relation table, std::span<const pg::Column> first,
                                     std::initializer_list<pg::Column> more) {
    RowLayout layout{};
    layout.all = RelationGetNumberOfAttributes(table);
    const auto find = [&](const pg::Column &wanted) {
        for (int step = 0; step < layout.all; ++step) {
            const int at = (layout.count + step) % layout.all; // where it is in a table that nobody changed, first
            const Form_pg_attribute column = TupleDescAttr(RelationGetDescr(table), at);
            if (column->attisdropped || strcmp(NameStr(column->attname), wanted.name) != 0)
                continue;
            layout.numbers[layout.count++] = static_cast<AttrNumber>(at + 1);
            return column->attgenerated == '\0' && (wanted.type == InvalidOid || column->atttypid == wanted.type);
        }
        return false;
    };
    Assert(first.size() + more.size() <= RowLayout::kMost);
    if (!std::all_of(first.begin(), first.end(), find) || !std::all_of(more.begin(), more.end(), find))
        return std::nullopt;
    if (layout.has_others()) {
        const AttrNumber *const last = layout.numbers + layout.count;
        for (int number = 1; number <= layout.all; ++number)
            if (std::find<const AttrNumber *>(layout.numbers, last, number) == last &&
                wants_value(table, static_cast<AttrNumber>(number)))
                return std::nullopt;
    }
    return layout;
}

std::optional<RowLayout> find_plain_layout(Relation table, std::span<const pg::Column> first,
                                           std::initializer_list<pg::Column> more) {
    if (wants_executor(table) || table->rd_rules != nullptr)
        return std::nullopt;
    return find_layout(table, first, more);
}

bool can_write_directly(ResultRelInfo *relation) {
    return !wants_executor(relation->ri_RelationDesc) && relation->ri_FdwRoutine == nullptr;
}

void put_columns(TupleTableSlot *slot, const RowLayout &layout, const Datum *values, const bool *nulls) {
    for (int i = 0; i < layout.count; ++i) {
        slot->tts_values[layout.numbers[i] - 1] = values[i];
        slot->tts_isnull[layout.numbers[i] - 1] = nulls[i];
    }
}

TupleTableSlot *create_slot(Relation table, List **reglist) {
    TupleTableSlot *slot = table_slot_create(table, reglist);
    std::fill_n(slot->tts_isnull, RelationGetNumberOfAttributes(table), true);
    return slot;
}

int64 insert_rows(EState *estate, ResultRelInfo *relation, const RowLayout &layout, const TableRow *rows, int64 count) {
    const Relation table = relation->ri_RelationDesc;
    const int batch = static_cast<int>(Min(count, kBatch));
    auto **slots = static_cast<TupleTableSlot **>(palloc(sizeof(TupleTableSlot *) * (batch + 1)));
    for (int i = 0; i < batch; ++i)
        slots[i] = create_slot(table);
    BulkInsertState bulk = GetBulkInsertState();
    int64 inserted = 0;
    int filled = 0;
    for (int64 i = 0; i < count; ++i) {
        if (!rows[i].inserted)
            continue;
        TupleTableSlot *slot = slots[filled++];
        put_columns(slot, layout, rows[i].values, rows[i].nulls);
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

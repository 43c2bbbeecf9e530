// Called by the planner and the executor, not through NEM12_FUNCTION: zone A without a catch-all, because nothing here throws.

#include "readings/days_by_date.hpp"

#include "pg/custom_scan.hpp"
#include <algorithm>
#include <new>
#include <span>

#include "readings/month_rows.hpp"
#include "readings/plan_parts.hpp"
#include "readings/time_comparison.hpp"
#include "readings/tree.hpp"

extern "C" {
#include "access/stratnum.h"
#include "access/table.h"
#include "catalog/pg_class_d.h"
#include "catalog/pg_namespace_d.h"
#include "nodes/makefuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
#include "partitioning/partbounds.h"
#include "partitioning/partdesc.h"
#include "utils/partcache.h"
#include "utils/rel.h"
}

namespace nem12::readings {
namespace {

constexpr char kName[] = "nem12 days by date";

// ---- the plan. custom_exprs: NMI, suffix (or NULL), the values of date bounds. custom_private: the strategies of these;
// settings.

enum Setting { kNewestFirst, kDates };
constexpr int kOwnerExpressions = 2;

List *strategies_of(const CustomScan *plan) { return static_cast<List *>(linitial(plan->custom_private)); }
int setting_of(const CustomScan *plan, Setting setting) {
    return list_nth_int(static_cast<List *>(lsecond(plan->custom_private)), setting);
}
PlannedBounds bounds_of(const CustomScan *plan) {
    return {strategies_of(plan), list_copy_tail(plan->custom_exprs, kOwnerExpressions)};
}

// ---- execution

struct Month {
    Oid partition;
    Timestamp from; // or DT_NOBEGIN
    Timestamp to;   // not included; or DT_NOEND
};

struct DaysState {
    CustomScanState custom;
    ExprState *nmi;
    ExprState *suffix; // nullptr: every one
    int dates;         // how many are enough; 0: all
    std::span<BoundState> bounds;
    std::span<Month> months; // in the order in which they are read
    MemoryContext month_context;
    MonthRows *rows;
    bool has_begun;
    bool is_over;
    MemoryContext owner_context;
    DayOwner owner;
    size_t next_month;
    int dates_seen;
    DateADT last_date;
};

DaysState *state_of(void *node) { return static_cast<DaysState *>(node); }

Timestamp bound_of(const PartitionBoundInfoData *bounds, int n) {
    if (bounds->kind[n][0] != PARTITION_RANGE_DATUM_VALUE)
        return bounds->kind[n][0] == PARTITION_RANGE_DATUM_MINVALUE ? DT_NOBEGIN : DT_NOEND;
    return bound_timestamp(bounds->datums[n][0], DATEOID);
}

std::span<Month> months_of(Relation days, bool newest_first) {
    const PartitionDesc partitions = RelationGetPartitionDesc(days, true);
    auto *months = static_cast<Month *>(palloc(sizeof(Month) * static_cast<size_t>(partitions->nparts + 1)));
    size_t count = 0;
    const PartitionBoundInfoData *bounds = partitions->boundinfo;
    for (int n = 1; bounds != nullptr && n < bounds->ndatums; ++n)
        if (bounds->indexes[n] >= 0)
            months[count++] = {partitions->oids[bounds->indexes[n]], bound_of(bounds, n - 1), bound_of(bounds, n)};
    if (newest_first)
        std::reverse(months, months + count);
    return {months, count};
}

Datum evaluate(DaysState *state, ExprState *expression, bool &is_null) {
    return ExecEvalExprSwitchContext(expression, state->custom.ss.ps.ps_ExprContext, &is_null);
}

// A copy, since the context of expressions is emptied for every row. Without NMI or suffix there is no day.
Datum owner_text(DaysState *state, ExprState *expression) {
    bool is_null;
    const Datum value = evaluate(state, expression, is_null);
    state->is_over = state->is_over || is_null;
    const MemoryContext previous = MemoryContextSwitchTo(state->owner_context);
    const Datum copy = is_null ? Datum{} : PointerGetDatum(PG_DETOAST_DATUM_COPY(value));
    MemoryContextSwitchTo(previous);
    return copy;
}

void begin_reading(DaysState *state) {
    state->has_begun = true;
    state->is_over = false;
    MemoryContextReset(state->owner_context);
    state->next_month = 0;
    state->dates_seen = 0;
    state->owner.has_suffix = state->suffix != nullptr;
    state->owner.nmi = owner_text(state, state->nmi);
    state->owner.suffix = state->owner.has_suffix ? owner_text(state, state->suffix) : Datum{};
}

// Whether the bounds on interval_date leave anything of the month. They are looked at again for each row, by the quals.
bool may_hold(DaysState *state, const Month &month) {
    for (const BoundState &bound : state->bounds) {
        bool is_null;
        const Datum value = evaluate(state, bound.value, is_null);
        if (is_null)
            return false;
        const Timestamp time = bound_timestamp(value, bound.type);
        if ((bound.strategy <= BTEqualStrategyNumber && month.from > time) ||
            (bound.strategy >= BTEqualStrategyNumber && month.to <= time && !TIMESTAMP_IS_NOEND(month.to)))
            return false;
    }
    return true;
}

bool next_month(DaysState *state) {
    while (state->next_month < state->months.size()) {
        const Month &month = state->months[state->next_month++];
        if (!may_hold(state, month))
            continue;
        state->rows->close();
        MemoryContextReset(state->month_context);
        const MemoryContext previous = MemoryContextSwitchTo(state->month_context);
        state->rows->open(month.partition, state->owner);
        MemoryContextSwitchTo(previous);
        return true;
    }
    return false;
}

// Whether a day of this date, which passed the quals, is wanted still.
bool is_wanted(DaysState *state, DateADT date) {
    if (state->dates == 0)
        return true;
    if (state->dates_seen == 0 || date != state->last_date)
        ++state->dates_seen;
    state->last_date = date;
    return state->dates_seen <= state->dates;
}

// The next day that passes the quals and is wanted, in the scan's slot. False: there is none.
bool find_day(DaysState *state) {
    ExprContext *context = state->custom.ss.ps.ps_ExprContext;
    TupleTableSlot *slot = state->custom.ss.ss_ScanTupleSlot;
    while (!state->is_over) {
        CHECK_FOR_INTERRUPTS();
        ResetExprContext(context);
        DateADT date;
        if (!state->rows->next(slot, date)) {
            state->is_over = !next_month(state);
            continue;
        }
        context->ecxt_scantuple = slot;
        if (state->custom.ss.ps.qual != nullptr && !ExecQual(state->custom.ss.ps.qual, context)) {
            InstrCountFiltered1(state, 1);
            continue;
        }
        if (is_wanted(state, date))
            return true;
        state->is_over = true;
    }
    return false;
}

TupleTableSlot *execute_scan(CustomScanState *node) {
    DaysState *state = state_of(node);
    ProjectionInfo *projection = node->ss.ps.ps_ProjInfo;
    if (!state->has_begun)
        begin_reading(state);
    if (!find_day(state))
        return ExecClearTuple(projection == nullptr ? node->ss.ss_ScanTupleSlot : projection->pi_state.resultslot);
    return projection == nullptr ? node->ss.ss_ScanTupleSlot : ExecProject(projection);
}

void begin_scan(CustomScanState *node, EState *estate, int) {
    DaysState *state = state_of(node);
    auto *plan = reinterpret_cast<CustomScan *>(node->ss.ps.plan);
    const auto is_null = [](const Node *expression) {
        return IsA(expression, Const) && reinterpret_cast<const Const *>(expression)->constisnull;
    };
    state->nmi = ExecInitExpr(static_cast<Expr *>(linitial(plan->custom_exprs)), &node->ss.ps);
    if (!is_null(static_cast<Node *>(lsecond(plan->custom_exprs))))
        state->suffix = ExecInitExpr(static_cast<Expr *>(lsecond(plan->custom_exprs)), &node->ss.ps);
    const bool newest_first = setting_of(plan, kNewestFirst) != 0;
    state->dates = setting_of(plan, kDates);
    state->bounds = init_time_bounds(bounds_of(plan), &node->ss.ps);
    state->months = months_of(node->ss.ss_currentRelation, newest_first);
    state->month_context = AllocSetContextCreate(CurrentMemoryContext, "nem12 days of a month", ALLOCSET_DEFAULT_SIZES);
    state->owner_context = AllocSetContextCreate(CurrentMemoryContext, "nem12 whose days", ALLOCSET_SMALL_SIZES);
    state->rows = new (palloc(sizeof(MonthRows)))
        MonthRows(RelationGetDescr(node->ss.ss_currentRelation), estate->es_snapshot, newest_first);
}

void rescan(CustomScanState *node) {
    DaysState *state = state_of(node);
    ExecClearTuple(node->ss.ss_ScanTupleSlot);
    state->rows->close();
    state->has_begun = false;
}

void end_scan(CustomScanState *node) {
    ExecClearTuple(node->ss.ss_ScanTupleSlot);
    state_of(node)->rows->close();
    MemoryContextDelete(state_of(node)->month_context);
    MemoryContextDelete(state_of(node)->owner_context);
}

void explain_scan(CustomScanState *node, List *, ExplainState *es) {
    const auto *plan = reinterpret_cast<const CustomScan *>(node->ss.ps.plan);
    const char *enough = setting_of(plan, kDates) == 0 ? "" : psprintf(", %d dates are enough", setting_of(plan, kDates));
    ExplainPropertyText("Order", psprintf("%s first%s", setting_of(plan, kNewestFirst) != 0 ? "newest" : "oldest", enough), es);
}

constexpr CustomExecMethods kExecMethods = pg::exec_methods(kName, begin_scan, execute_scan, end_scan, rescan, explain_scan);

Node *create_scan_state(CustomScan *) { return pg::make_state<DaysState>(kExecMethods); }

const CustomScanMethods kScanMethods = {.CustomName = kName, .CreateCustomScanState = create_scan_state};

// ---- planning. What is wanted hangs on the range table's entry, in a list that relations do not use, from when the table is
// looked up until its paths are made. Not on the RelOptInfo: PostgreSQL 17 makes these anew when it has removed a join.

bool has_wanted(const RangeTblEntry *rte) {
    return rte->rtekind == RTE_RELATION && rte->relkind == RELKIND_PARTITIONED_TABLE && !rte->inh && rte->values_lists != NIL;
}

DaysByDate wanted_of(const RangeTblEntry *rte) {
    const auto *settings = static_cast<const List *>(lthird(rte->values_lists));
    return {list_nth_int(settings, kNewestFirst) != 0, list_nth_int(settings, kDates),
            static_cast<Expr *>(linitial(rte->values_lists)), static_cast<Expr *>(lsecond(rte->values_lists))};
}

// interval_date <strategy> x: of use to leave out months.
bool read_date_bound(Index rti, Oid days, Node *clause, PlannedBounds &bounds) {
    if (!IsA(clause, OpExpr))
        return false;
    for (const bool commuted : {false, true}) {
        TimeComparison comparison;
        if (!read_time_comparison(reinterpret_cast<OpExpr *>(clause), commuted, comparison) ||
            (comparison.right_type != DATEOID && comparison.right_type != TIMESTAMPOID) ||
            !is_column(rti, comparison.left, get_attnum(days, "interval_date") - 1) || contain_var_clause(comparison.right) ||
            contain_volatile_functions(comparison.right) || contain_subplans(comparison.right))
            continue;
        bounds.values = lappend(bounds.values, copyObjectImpl(comparison.right));
        bounds.strategies = lappend_int(bounds.strategies, comparison.strategy);
        return true;
    }
    return false;
}

Plan *plan_scan(PlannerInfo *root, RelOptInfo *rel, CustomPath *, List *tlist, List *clauses, List *) {
    const RangeTblEntry *rte = root->simple_rte_array[rel->relid];
    const DaysByDate wanted = wanted_of(rte);
    auto *plan = makeNode(CustomScan);
    plan->flags = CUSTOMPATH_SUPPORT_PROJECTION;
    plan->methods = &kScanMethods;
    plan->scan.scanrelid = rel->relid;
    plan->scan.plan.targetlist = tlist;
    plan->scan.plan.qual = extract_actual_clauses(clauses, false);
    PlannedBounds bounds;
    ListCell *cell;
    foreach (cell, plan->scan.plan.qual)
        read_date_bound(rel->relid, rte->relid, static_cast<Node *>(lfirst(cell)), bounds);
    Node *suffix = wanted.suffix == nullptr ? node(makeNullConst(TEXTOID, -1, InvalidOid))
                                            : static_cast<Node *>(copyObjectImpl(wanted.suffix));
    plan->custom_exprs = list_concat(list_make2(copyObjectImpl(wanted.nmi), suffix), bounds.values);
    plan->custom_private = list_make2(bounds.strategies, list_make2_int(wanted.newest_first ? 1 : 0, wanted.dates));
    return &plan->scan.plan;
}

const CustomPathMethods kPathMethods = {
    .CustomName = kName, .PlanCustomPath = plan_scan, .ReparameterizeCustomPathByChild = nullptr};

// The query's order, where it begins with the date (newest.cpp saw to that) and that is not the same for all anyway.
List *order_of(PlannerInfo *root, const DaysByDate &wanted) {
    if (wanted.dates != 0)
        return NIL;
    return make_pathkeys_for_sortclauses(root, list_make1(linitial(root->parse->sortClause)), root->processed_tlist);
}

set_rel_pathlist_hook_type previous_hook = nullptr;

// To the planner the table seems empty, as a partitioned table without its partitions is.
void replace_paths(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte) {
    if (previous_hook != nullptr)
        previous_hook(root, rel, rti, rte);
    if (!has_wanted(rte))
        return;
    const DaysByDate wanted = wanted_of(rte);
    constexpr double kDaysOfChannel = 730;
    constexpr double kMonthCost = 10; // of a descent in an index
    rel->tuples = kDaysOfChannel * (wanted.suffix == nullptr ? 2 : 1);
    rel->rows = wanted.dates != 0 ? 2 * wanted.dates : rel->tuples;
    rel->reltarget->width = 400;
    rel->consider_parallel = false;
    auto *path = makeNode(CustomPath);
    path->path.type = T_CustomPath;
    path->path.pathtype = T_CustomScan;
    path->path.parent = rel;
    path->path.pathtarget = rel->reltarget;
    path->path.rows = rel->rows;
    path->path.startup_cost = kMonthCost;
    path->path.total_cost = kMonthCost + rel->rows * (cpu_tuple_cost + kMonthCost / 30);
    path->path.pathkeys = order_of(root, wanted);
    path->flags = CUSTOMPATH_SUPPORT_PROJECTION;
    path->methods = &kPathMethods;
    rel->pathlist = list_make1(path);
    rel->partial_pathlist = NIL;
}

} // namespace

bool can_read_by_date(Oid days, AttrNumber day) {
    // Citus plans its tables by their partitions, which would be missing.
    if (day != get_attnum(days, "interval_date") || OidIsValid(get_relname_relid("pg_dist_partition", PG_CATALOG_NAMESPACE)))
        return false;
    Relation table = table_open(days, NoLock); // the query's
    bool can = table->rd_rel->relkind == RELKIND_PARTITIONED_TABLE;
    if (can) {
        const PartitionKey key = RelationGetPartitionKey(table);
        const PartitionDesc partitions = RelationGetPartitionDesc(table, true);
        can = key->strategy == PARTITION_STRATEGY_RANGE && key->partnatts == 1 && key->partattrs[0] == day &&
              key->parttypid[0] == DATEOID && partitions->nparts > 0 && partitions->boundinfo->default_index < 0;
        for (int n = 0; can && n < partitions->nparts; ++n)
            can = get_rel_relkind(partitions->oids[n]) == RELKIND_RELATION;
    }
    table_close(table, NoLock);
    return can;
}

void read_days_by_date(PlannerInfo *root, RelOptInfo *rel, const DaysByDate &wanted) {
    RangeTblEntry *rte = root->simple_rte_array[rel->relid];
    rte->inh = false;
    rte->values_lists = list_make3(wanted.nmi, wanted.suffix, list_make2_int(wanted.newest_first ? 1 : 0, wanted.dates));
}

void install_days_by_date() {
    RegisterCustomScanMethods(&kScanMethods);
    previous_hook = set_rel_pathlist_hook;
    set_rel_pathlist_hook = replace_paths;
}

} // namespace nem12::readings

// The readings scan: nem12_day_readings(...) in FROM without the tuplestore that PostgreSQL puts every function's rows into.
// Rows come straight from the decoded day, with only the columns that the query uses. Same rows, same order; the plain
// function remains for every place that is not FROM.
//
// Everything here is called by the planner and the executor, not through NEM12_FUNCTION: zone A without a catch-all,
// because nothing here or in mdff throws.

#include "readings/scan.hpp"

#include <new>
#include <span>

#include "pg/custom_scan.hpp"
#include "pg/postgres.hpp"
#include "readings/day_buckets.hpp"
#include "readings/day_readings.hpp"
#include "readings/estimates.hpp"
#include "readings/function.hpp"
#include "readings/plan_parts.hpp"
#include "readings/tree.hpp"

extern "C" {
#include "access/sysattr.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
}

namespace nem12::readings {
namespace {

// What the plan carries. custom_exprs: the function's arguments, then the values of the time bounds. custom_private: the
// scan tuple's columns of the function, 1-based; the strategies of the time bounds. Both are lists of integers.
List *&columns_of(CustomScan *plan) { return reinterpret_cast<List *&>(linitial(plan->custom_private)); }
List *&strategies_of(CustomScan *plan) { return reinterpret_cast<List *&>(lsecond(plan->custom_private)); }
int argument_count(CustomScan *plan) { return list_length(plan->custom_exprs) - list_length(strategies_of(plan)); }
PlannedBounds bounds_of(CustomScan *plan) {
    return {strategies_of(plan), list_copy_tail(plan->custom_exprs, argument_count(plan))};
}
bool gives_buckets(CustomScan *plan) { return argument_count(plan) == kBucketsArguments; }

// ---- execution

struct ReadingsScanState {
    CustomScanState custom;
    int argument_count; // of nem12_day_readings or nem12_day_buckets
    ExprState *arguments[kBucketsArguments];
    std::span<BoundState> bounds;
    int column_count;
    int columns[kBucketColumns]; // of the scan tuple, in its order
    MemoryContext day_context;   // emptied for every day
    bool started;
    DayReadings *readings; // both nullptr: no day (an argument was NULL), or the day is over
    DayBuckets *buckets;
};

ReadingsScanState *state_of(void *node) { return static_cast<ReadingsScanState *>(node); }

void open_day(ReadingsScanState *state) {
    MemoryContextReset(state->day_context);
    const MemoryContext previous = MemoryContextSwitchTo(state->day_context);
    ExprContext *context = state->custom.ss.ps.ps_ExprContext;
    NullableDatum arguments[kBucketsArguments];
    bool any_null = false;
    for (int i = 0; i < state->argument_count; ++i) {
        arguments[i].value = ExecEvalExpr(state->arguments[i], context, &arguments[i].isnull);
        any_null |= arguments[i].isnull;
    }
    state->started = true;
    state->readings = nullptr;
    state->buckets = nullptr;
    if (!any_null) {
        const auto detoast = [&arguments](int i) {
            return reinterpret_cast<varlena *>(PG_DETOAST_DATUM_PACKED(arguments[i].value));
        };
        const StoredDay day{DatumGetDateADT(arguments[0].value), detoast(1), detoast(2), detoast(3)};
        if (state->argument_count == kBucketsArguments) {
            auto *buckets = new (palloc(sizeof(DayBuckets)))
                DayBuckets(day, DatumGetInt32(arguments[4].value), DatumGetBool(arguments[5].value));
            state->buckets = keep_bounds(state->bounds, context, *buckets) ? buckets : nullptr;
        } else {
            auto *readings = new (palloc(sizeof(DayReadings))) DayReadings(day);
            state->readings = keep_bounds(state->bounds, context, *readings) ? readings : nullptr;
        }
    }
    MemoryContextSwitchTo(previous);
}

// The next row of `day` in the scan's slot, which is left empty after the last; then there is no day any more.
template <class Day>
void store_next(ReadingsScanState *state, Day *&day, TupleTableSlot *slot) {
    if (!day->next()) {
        day = nullptr;
        return;
    }
    const MemoryContext previous = MemoryContextSwitchTo(state->day_context);
    for (int i = 0; i < state->column_count; ++i)
        slot->tts_values[i] = day->column(state->columns[i], slot->tts_isnull[i]);
    MemoryContextSwitchTo(previous);
    ExecStoreVirtualTuple(slot);
}

TupleTableSlot *next_reading(ScanState *node) {
    ReadingsScanState *state = state_of(node);
    TupleTableSlot *slot = node->ss_ScanTupleSlot;
    ExecClearTuple(slot);
    if (!state->started)
        open_day(state);
    if (state->readings != nullptr)
        store_next(state, state->readings, slot);
    else if (state->buckets != nullptr)
        store_next(state, state->buckets, slot);
    return slot;
}

bool recheck_reading(ScanState *, TupleTableSlot *) {
    return true; // a reading is computed from its day's row, which is rechecked
}

void begin_scan(CustomScanState *node, EState *, int) {
    ReadingsScanState *state = state_of(node);
    auto *plan = reinterpret_cast<CustomScan *>(node->ss.ps.plan);
    state->argument_count = argument_count(plan);
    for (int i = 0; i < state->argument_count; ++i)
        state->arguments[i] = ExecInitExpr(static_cast<Expr *>(list_nth(plan->custom_exprs, i)), &node->ss.ps);
    state->bounds = init_time_bounds(bounds_of(plan), &node->ss.ps);
    state->column_count = list_length(columns_of(plan));
    for (int i = 0; i < state->column_count; ++i)
        state->columns[i] = list_nth_int(columns_of(plan), i) - 1;
    state->day_context = AllocSetContextCreate(CurrentMemoryContext, "nem12 day of readings", ALLOCSET_DEFAULT_SIZES);
}

TupleTableSlot *execute_scan(CustomScanState *node) {
    // Without predicate and projection there is nothing for ExecScan to do, so it is left out; it shows in every row.
    if (node->ss.ps.qual == nullptr && node->ss.ps.ps_ProjInfo == nullptr)
        return next_reading(&node->ss);
    return ExecScan(&node->ss, next_reading, recheck_reading);
}

void rescan(CustomScanState *node) {
    ReadingsScanState *state = state_of(node);
    ExecScanReScan(&node->ss);
    state->started = false;
    state->readings = nullptr;
    state->buckets = nullptr;
}

void end_scan(CustomScanState *node) { MemoryContextDelete(state_of(node)->day_context); }

void explain_scan(CustomScanState *node, List *ancestors, ExplainState *es) {
    auto *plan = reinterpret_cast<CustomScan *>(node->ss.ps.plan);
    if (gives_buckets(plan)) {
        const auto *minutes = static_cast<const Const *>(list_nth(plan->custom_exprs, kReadingsArguments));
        const auto *by_quality = static_cast<const Const *>(list_nth(plan->custom_exprs, kReadingsArguments + 1));
        explain_buckets(DatumGetInt32(minutes->constvalue), DatumGetBool(by_quality->constvalue), "", es);
    }
    explain_time_bounds(bounds_of(plan), &plan->scan.plan, ancestors, es);
}

constexpr char kName[] = "nem12 readings";

constexpr CustomExecMethods kExecMethods = pg::exec_methods(kName, begin_scan, execute_scan, end_scan, rescan, explain_scan);

Node *create_scan_state(CustomScan *) { return pg::make_state<ReadingsScanState>(kExecMethods); }

const CustomScanMethods kScanMethods = {.CustomName = kName, .CreateCustomScanState = create_scan_state};

// ---- planning

// What would be wrong over buckets must not get here (readings/exchange.hpp); if it did, no answer is better than a wrong one.
void check_buckets(const CustomScan *plan, Index rti) {
    ListCell *cell;
    foreach (cell, plan->custom_scan_tlist)
        if (tells_readings_apart(rti, static_cast<TargetEntry *>(lfirst(cell))->expr))
            elog(ERROR, "nem12: a bucket was asked for the times of its readings");
}

// The scan tuple: first the columns that leave the scan, in the usual target list's order, so that a scan without predicates
// needs no projection; then those that only predicates use.
void add_columns(List *expressions, Index rti, List **columns, List **scan_tlist) {
    ListCell *cell;
    foreach (cell, pull_var_clause(reinterpret_cast<Node *>(expressions),
                                   PVC_RECURSE_AGGREGATES | PVC_RECURSE_WINDOWFUNCS | PVC_RECURSE_PLACEHOLDERS)) {
        auto *var = static_cast<Var *>(lfirst(cell));
        if (static_cast<Index>(var->varno) != rti || list_member_int(*columns, var->varattno))
            continue;
        *columns = lappend_int(*columns, var->varattno);
        auto *copy = static_cast<Expr *>(copyObjectImpl(var));
        *scan_tlist =
            lappend(*scan_tlist, makeTargetEntry(copy, static_cast<AttrNumber>(list_length(*columns)), nullptr, false));
    }
}

Plan *plan_scan(PlannerInfo *root, RelOptInfo *rel, CustomPath *, List *tlist, List *clauses, List *) {
    auto *plan = makeNode(CustomScan);
    plan->flags = CUSTOMPATH_SUPPORT_PROJECTION;
    plan->methods = &kScanMethods;
    plan->scan.plan.targetlist = tlist;
    plan->custom_exprs = static_cast<List *>(copyObjectImpl(day_readings_call(root->simple_rte_array[rel->relid])->args));
    plan->custom_private = list_make2(NIL, NIL);
    PlannedBounds bounds;
    plan->scan.plan.qual = take_time_bounds(root, rel->relid, extract_actual_clauses(clauses, false), bounds);
    plan->custom_exprs = list_concat(plan->custom_exprs, bounds.values);
    strategies_of(plan) = bounds.strategies;
    // Not of `tlist`: the planner may put another target list here later, from the same variables.
    add_columns(rel->reltarget->exprs, rel->relid, &columns_of(plan), &plan->custom_scan_tlist);
    add_columns(plan->scan.plan.qual, rel->relid, &columns_of(plan), &plan->custom_scan_tlist);
    if (gives_buckets(plan))
        check_buckets(plan, rel->relid);
    return &plan->scan.plan;
}

const CustomPathMethods kPathMethods = {
    .CustomName = kName, .PlanCustomPath = plan_scan, .ReparameterizeCustomPathByChild = nullptr};

// A whole-row reference needs a row type, which only the function scan makes.
bool uses_whole_row(const RelOptInfo *rel, const Path *path) {
    Bitmapset *attributes = nullptr;
    pull_varattnos(reinterpret_cast<Node *>(rel->reltarget->exprs), rel->relid, &attributes);
    ListCell *cell;
    foreach (cell, rel->baserestrictinfo)
        pull_varattnos(reinterpret_cast<Node *>(static_cast<RestrictInfo *>(lfirst(cell))->clause), rel->relid, &attributes);
    if (path->param_info != nullptr) {
        foreach (cell, path->param_info->ppi_clauses)
            pull_varattnos(reinterpret_cast<Node *>(static_cast<RestrictInfo *>(lfirst(cell))->clause), rel->relid,
                           &attributes);
    }
    return bms_is_member(-FirstLowInvalidHeapAttributeNumber, attributes);
}

// Whether buckets are asked for as readings/exchange.cpp does it, with constants that are right. What anybody else asks for is
// up to the plain function.
bool has_sound_settings(const FuncExpr *call) {
    const auto *minutes = static_cast<const Const *>(list_nth(call->args, kReadingsArguments));
    const auto *by_quality = static_cast<const Const *>(list_nth(call->args, kReadingsArguments + 1));
    return IsA(minutes, Const) && !minutes->constisnull && is_bucket_length(DatumGetInt32(minutes->constvalue)) &&
           IsA(by_quality, Const) && !by_quality->constisnull;
}

set_rel_pathlist_hook_type previous_hook = nullptr;

// Puts our scan in the place of the function scan: it does the same for less, always.
void offer_readings_scan(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte) {
    if (previous_hook != nullptr)
        previous_hook(root, rel, rti, rte);
    const FuncExpr *call = day_readings_call(rte);
    if (call == nullptr || list_length(rel->pathlist) != 1 || (is_bucketed(call) && !has_sound_settings(call)))
        return;
    const auto *function_path = static_cast<Path *>(linitial(rel->pathlist));
    if (function_path->pathtype != T_FunctionScan || uses_whole_row(rel, function_path))
        return;
    auto *path = makeNode(CustomPath);
    path->path = *function_path;
    path->path.type = T_CustomPath;
    path->path.pathtype = T_CustomScan;
    path->flags = CUSTOMPATH_SUPPORT_PROJECTION;
    path->methods = &kPathMethods;
    estimate_rows(root, rel, &path->path);
    // Computing a reading costs about as much as an operator, much less than a stored tuple. Said truly, this also keeps
    // the planner from memoizing days, which would cost more than decoding them again.
    path->path.total_cost -= (cpu_tuple_cost - cpu_operator_cost / 2) * rel->tuples;
    rel->pathlist = list_make1(path);
}

} // namespace

bool is_readings_scan(const Path *path) {
    return IsA(path, CustomPath) && reinterpret_cast<const CustomPath *>(path)->methods == &kPathMethods;
}

void install_readings_scan() {
    RegisterCustomScanMethods(&kScanMethods);
    previous_hook = set_rel_pathlist_hook;
    set_rel_pathlist_hook = offer_readings_scan;
}

} // namespace nem12::readings

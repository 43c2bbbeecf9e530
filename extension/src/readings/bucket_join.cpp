// Called by the planner and the executor, not through NEM12_FUNCTION: zone A without a catch-all, because nothing here or in
// mdff throws.

#include "readings/bucket_join.hpp"

#include <new>

#include "pg/custom_scan.hpp"
#include "readings/day_buckets.hpp"
#include "readings/day_groups.hpp"
#include "readings/function.hpp"
#include "readings/plan_parts.hpp"
#include "readings/profile.hpp"
#include "readings/scan.hpp"
#include "readings/tree.hpp"

extern "C" {
#include "nodes/makefuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
#include "pgtime.h"
#include "utils/selfuncs.h"
}

namespace nem12::readings {
namespace {

constexpr char kName[] = "nem12 days and buckets";

// ---- the plan. custom_exprs: the values of the time bounds, the day keys, the zones. custom_private: lists of integers.

enum PlanPart { kStrategies, kArgumentColumns, kColumns, kSettings, kPlanParts };
enum Setting { kMinutes, kByQuality, kAddsUp, kDepth, kZones };

List *part_of(const CustomScan *plan, PlanPart part) { return static_cast<List *>(list_nth(plan->custom_private, part)); }
int setting_of(const CustomScan *plan, Setting setting) { return list_nth_int(part_of(plan, kSettings), setting); }

PlannedBounds bounds_of(const CustomScan *plan) {
    List *strategies = part_of(plan, kStrategies);
    return {strategies, list_copy_head(plan->custom_exprs, list_length(strategies))};
}

// Columns of the scan tuple: of the readings function, 0-based; or of the days' tuple, as -1 - its place there.
bool is_of_days(int column) { return column < 0; }
int place_in_days(int column) { return -1 - column; }

// ---- execution

struct BucketJoinState {
    CustomScanState custom;
    std::span<BoundState> bounds;
    int arguments[kReadingsArguments]; // places in the days' tuple
    int column_count;
    int *columns;
    int start_column;      // of the scan tuple: kBucketStart; -1: none
    int start_time_column; // kBucketStartTime
    int minutes;
    bool by_quality;
    MemoryContext day_context; // emptied for every day
    TupleTableSlot *day;       // as the days' plan gave it
    DayBuckets *buckets;       // of that day; nullptr: it is over
    // Where days are added up:
    bool adds_up;
    DayGroups groups;
    DayGroup *giving;   // rows; nullptr: none
    StoredDay pending;  // read, not added
    IntervalRange kept; // of it
    bool is_pending;
    bool is_over;
    values::Bucket bucket;
    pg::NumericImage sum;
};

BucketJoinState *state_of(void *node) { return static_cast<BucketJoinState *>(node); }

PlanState *days_of(const BucketJoinState *state) { return static_cast<PlanState *>(linitial(state->custom.custom_ps)); }

// The next day whose arguments are not NULL, in `day`; false after the last.
bool next_day(BucketJoinState *state, StoredDay &day) {
    for (;;) {
        state->day = ExecProcNode(days_of(state));
        if (TupIsNull(state->day))
            return false;
        MemoryContextReset(state->day_context);
        const MemoryContext previous = MemoryContextSwitchTo(state->day_context);
        Datum arguments[kReadingsArguments];
        bool any_null = false;
        for (int i = 0; i < kReadingsArguments; ++i) {
            bool is_null;
            arguments[i] = slot_getattr(state->day, state->arguments[i] + 1, &is_null);
            any_null |= is_null;
        }
        if (!any_null) {
            const auto detoast = [&arguments](int i) {
                return reinterpret_cast<varlena *>(PG_DETOAST_DATUM_PACKED(arguments[i]));
            };
            day = {DatumGetDateADT(arguments[0]), detoast(1), detoast(2), detoast(3)};
        }
        MemoryContextSwitchTo(previous);
        if (!any_null)
            return true;
    }
}

TupleTableSlot *next_bucket(BucketJoinState *state) {
    TupleTableSlot *slot = state->custom.ss.ss_ScanTupleSlot;
    ExecClearTuple(slot);
    while (state->buckets == nullptr || !state->buckets->next()) {
        StoredDay day;
        if (!next_day(state, day))
            return slot;
        auto *memory = MemoryContextAlloc(state->day_context, sizeof(DayBuckets));
        state->buckets = new (memory) DayBuckets(day, state->minutes, state->by_quality);
        if (!keep_bounds(state->bounds, state->custom.ss.ps.ps_ExprContext, *state->buckets))
            state->buckets = nullptr;
    }
    const MemoryContext previous = MemoryContextSwitchTo(state->day_context);
    for (int i = 0; i < state->column_count; ++i) {
        const int column = state->columns[i];
        slot->tts_values[i] = is_of_days(column) ? slot_getattr(state->day, place_in_days(column) + 1, &slot->tts_isnull[i])
                                                 : state->buckets->column(column, slot->tts_isnull[i]);
    }
    MemoryContextSwitchTo(previous);
    return ExecStoreVirtualTuple(slot);
}

// ---- execution where days are added up

struct KeptIntervals {
    IntervalRange range;
    Timestamp day_start;
    int count;
    void keep(int strategy, Timestamp bound) { narrow(range, strategy, bound, day_start, count); }
};

void set_column(TupleTableSlot *slot, int column, Datum value) {
    if (column < 0)
        return;
    slot->tts_values[column] = value;
    slot->tts_isnull[column] = false;
}

// The value of a key for the pending day; it lives until the next day. Expressions see the day's first reading, which has what
// all of the day have.
NullableDatum key_value(BucketJoinState *state, DayKey &key) {
    if (key.clock.zone != nullptr)
        return {Int64GetDatum(distance_of(key.clock, state->pending.date)), false};
    NullableDatum value;
    if (key.expression == nullptr) {
        value.value = slot_getattr(state->day, key.place + 1, &value.isnull);
        return value;
    }
    TupleTableSlot *slot = state->custom.ss.ss_ScanTupleSlot;
    ExprContext *context = state->custom.ss.ps.ps_ExprContext;
    const Timestamp start = start_of_day(state->pending.date);
    ExecClearTuple(slot);
    set_column(slot, state->start_column, TimestampGetDatum(start));
    set_column(slot, state->start_time_column, TimestampTzGetDatum(instant_of(start)));
    ExecStoreVirtualTuple(slot);
    context->ecxt_scantuple = slot;
    value.value = ExecEvalExpr(key.expression, context, &value.isnull);
    return value;
}

void read_pending(BucketJoinState *state) {
    state->is_pending = false;
    while (!state->is_pending && next_day(state, state->pending)) {
        const int count = values::values_header(state->pending.values).count;
        interval_length_of(count); // what is not one is reported before anything is made of it
        KeptIntervals kept{{1, count}, start_of_day(state->pending.date), count};
        state->is_pending =
            keep_bounds(state->bounds, state->custom.ss.ps.ps_ExprContext, kept) && kept.range.first <= kept.range.last;
        state->kept = kept.range;
    }
    state->is_over = !state->is_pending;
}

// Adds days to their groups until one has to make room, or there is no day any more. Returns a group to give out; nullptr: none
// is left.
DayGroup *add_up(BucketJoinState *state) {
    for (;;) {
        if (!state->is_pending && !state->is_over) {
            ResetExprContext(state->custom.ss.ps.ps_ExprContext);
            read_pending(state);
        }
        if (!state->is_pending)
            return state->groups.any_open();
        for (DayKey &key : state->groups.keys())
            key.pending = key_value(state, key);
        if (DayGroup *full = state->groups.add(state->pending, state->kept))
            return full;
        state->is_pending = false;
    }
}

Datum column_of_totals(BucketJoinState *state, int column, int interval) {
    const DayGroup &group = *state->giving;
    const Timestamp start = group.start + static_cast<int64>(interval) * group.interval_length * USECS_PER_MINUTE;
    switch (column) {
    case kBucketStart: return TimestampGetDatum(start);
    case kBucketStartTime: return TimestampTzGetDatum(instant_of(start));
    case kIntervalLength: return Int32GetDatum(group.interval_length);
    case kBucket:
    case kBucketReadings: return PointerGetDatum(&state->bucket);
    case kConsumption: return sum_of_bucket(state->bucket, state->sum);
    default: elog(ERROR, "nem12: days that are added up have no column %d", column);
    }
}

TupleTableSlot *next_total(BucketJoinState *state) {
    TupleTableSlot *slot = state->custom.ss.ss_ScanTupleSlot;
    int interval;
    while (state->giving == nullptr || !state->giving->totals->next(state->bucket, interval)) {
        if (state->giving != nullptr)
            state->giving->used = 0;
        state->giving = add_up(state);
        if (state->giving == nullptr)
            return ExecClearTuple(slot);
    }
    ExecClearTuple(slot);
    size_t key = 0; // the first keys are the days' columns, in this order
    for (int i = 0; i < state->column_count; ++i) {
        const int column = state->columns[i];
        if (is_of_days(column)) {
            slot->tts_values[i] = state->giving->values[key].value;
            slot->tts_isnull[i] = state->giving->values[key].isnull;
            ++key;
        } else {
            slot->tts_values[i] = column_of_totals(state, column, interval);
            slot->tts_isnull[i] = false;
        }
    }
    return ExecStoreVirtualTuple(slot);
}

// ---- the node

TupleTableSlot *next_row(ScanState *node) {
    BucketJoinState *state = state_of(node);
    return state->adds_up ? next_total(state) : next_bucket(state);
}

// Not by ExecScan, which takes every scan of several relations for a remote join and, while a row that was locked is checked
// again, asks for that one row of it. Here nothing is ever locked: there are only groups above.
TupleTableSlot *execute_join(CustomScanState *node) {
    ExprContext *context = node->ss.ps.ps_ExprContext;
    ProjectionInfo *projection = node->ss.ps.ps_ProjInfo;
    for (;;) {
        CHECK_FOR_INTERRUPTS();
        TupleTableSlot *slot = next_row(&node->ss);
        if (TupIsNull(slot))
            return projection == nullptr ? slot : ExecClearTuple(projection->pi_state.resultslot);
        ResetExprContext(context);
        context->ecxt_scantuple = slot;
        if (node->ss.ps.qual == nullptr || ExecQual(node->ss.ps.qual, context))
            return projection == nullptr ? slot : ExecProject(projection);
        InstrCountFiltered1(node, 1);
    }
}

std::span<DayKey> make_keys(BucketJoinState *state, const CustomScan *plan) {
    List *expressions = list_copy_tail(plan->custom_exprs, list_length(part_of(plan, kStrategies)));
    const int first_zone = list_length(expressions) - setting_of(plan, kZones);
    const int most = state->column_count + list_length(expressions) + 1;
    auto *keys = static_cast<DayKey *>(palloc0(sizeof(DayKey) * static_cast<size_t>(most)));
    size_t count = 0;
    const TupleDesc days = ExecGetResultType(days_of(state));
    for (int i = 0; i < state->column_count; ++i) {
        if (!is_of_days(state->columns[i]))
            continue;
        const int place = place_in_days(state->columns[i]);
        const FormData_pg_attribute *attribute = TupleDescAttr(days, place);
        keys[count++] = {place, nullptr, {nullptr}, attribute->attlen, attribute->attbyval, {}};
    }
    for (int i = 0; i < list_length(expressions); ++i) {
        auto *expression = static_cast<Expr *>(list_nth(expressions, i));
        DayKey &key = keys[count++];
        if (i >= first_zone) {
            const char *name = TextDatumGetCString(reinterpret_cast<const Const *>(expression)->constvalue);
            key = {-1, nullptr, {pg_tzset(name)}, sizeof(int64), true, {}};
            if (key.clock.zone == nullptr)
                elog(ERROR, "nem12: there is no time zone \"%s\" any more", name);
            continue;
        }
        key = {-1, ExecInitExpr(expression, &state->custom.ss.ps), {nullptr}, 0, false, {}};
        get_typlenbyval(exprType(node(expression)), &key.length, &key.by_value);
    }
    return {keys, count};
}

void begin_join(CustomScanState *node, EState *estate, int flags) {
    BucketJoinState *state = state_of(node);
    auto *plan = reinterpret_cast<CustomScan *>(node->ss.ps.plan);
    node->custom_ps = list_make1(ExecInitNode(static_cast<Plan *>(linitial(plan->custom_plans)), estate, flags));
    state->bounds = init_time_bounds(bounds_of(plan), &node->ss.ps);
    for (int i = 0; i < kReadingsArguments; ++i)
        state->arguments[i] = list_nth_int(part_of(plan, kArgumentColumns), i);
    state->column_count = list_length(part_of(plan, kColumns));
    state->columns = static_cast<int *>(palloc(sizeof(int) * static_cast<size_t>(state->column_count + 1)));
    state->start_column = state->start_time_column = -1;
    for (int i = 0; i < state->column_count; ++i) {
        state->columns[i] = list_nth_int(part_of(plan, kColumns), i);
        if (state->columns[i] == kBucketStart)
            state->start_column = i;
        if (state->columns[i] == kBucketStartTime)
            state->start_time_column = i;
    }
    state->minutes = setting_of(plan, kMinutes);
    state->by_quality = setting_of(plan, kByQuality) != 0;
    state->day_context = AllocSetContextCreate(CurrentMemoryContext, "nem12 day of buckets", ALLOCSET_DEFAULT_SIZES);
    state->adds_up = setting_of(plan, kAddsUp) != 0;
    if (!state->adds_up)
        return;
    state->groups.init(estate->es_query_cxt, make_keys(state, plan), state->minutes,
                       static_cast<TotalsDepth>(setting_of(plan, kDepth)));
}

void rescan_join(CustomScanState *node) {
    BucketJoinState *state = state_of(node);
    PlanState *days = days_of(state);
    ExecClearTuple(node->ss.ss_ScanTupleSlot);
    if (node->ss.ps.chgParam != nullptr)
        UpdateChangedParamSet(days, node->ss.ps.chgParam);
    if (days->chgParam == nullptr)
        ExecReScan(days);
    state->buckets = nullptr;
    state->giving = nullptr;
    state->groups.clear();
    state->is_pending = state->is_over = false;
}

void end_join(CustomScanState *node) {
    BucketJoinState *state = state_of(node);
    ExecEndNode(days_of(state));
    MemoryContextDelete(state->day_context);
}

void explain_join(CustomScanState *node, List *ancestors, ExplainState *es) {
    auto *plan = reinterpret_cast<CustomScan *>(node->ss.ps.plan);
    explain_buckets(setting_of(plan, kMinutes), setting_of(plan, kByQuality) != 0,
                    setting_of(plan, kAddsUp) != 0 ? ", days added up" : "", es);
    explain_time_bounds(bounds_of(plan), &plan->scan.plan, ancestors, es);
}

constexpr CustomExecMethods kExecMethods =
    pg::exec_methods(kName, begin_join, execute_join, end_join, rescan_join, explain_join);

Node *create_join_state(CustomScan *) { return pg::make_state<BucketJoinState>(kExecMethods); }

const CustomScanMethods kScanMethods = {.CustomName = kName, .CreateCustomScanState = create_join_state};

// ---- planning. The path carries the range table index of the readings function and, where days are added up, whether extremes
// are needed and the day keys.

enum PathPart { kPathRti, kPathAddsUp, kPathDepth };

List *path_integers(const CustomPath *path) { return static_cast<List *>(linitial(path->custom_private)); }
List *path_keys(const CustomPath *path) { return static_cast<List *>(lsecond(path->custom_private)); }
List *path_zones(const CustomPath *path) { return static_cast<List *>(lthird(path->custom_private)); }

// The place of `expression` in what the days' plan gives.
int place_of(const Plan *days, Node *expression) {
    int place = 0;
    ListCell *cell;
    foreach (cell, days->targetlist) {
        if (equal(static_cast<TargetEntry *>(lfirst(cell))->expr, expression))
            return place;
        ++place;
    }
    elog(ERROR, "nem12: a column of the days is missing from their plan");
}

void add_scan_column(CustomScan *plan, Index rti, Node *expression) {
    ListCell *cell;
    foreach (cell, plan->custom_scan_tlist)
        if (equal(static_cast<TargetEntry *>(lfirst(cell))->expr, expression))
            return;
    const auto *var = reinterpret_cast<const Var *>(expression);
    const int column = static_cast<Index>(var->varno) == rti
                           ? var->varattno - 1
                           : -1 - place_of(static_cast<Plan *>(linitial(plan->custom_plans)), expression);
    if (tells_readings_apart(rti, expression))
        elog(ERROR, "nem12: a bucket was asked for the times of its readings");
    auto *&columns = reinterpret_cast<List *&>(list_nth_cell(plan->custom_private, kColumns)->ptr_value);
    columns = lappend_int(columns, column);
    plan->custom_scan_tlist =
        lappend(plan->custom_scan_tlist, makeTargetEntry(static_cast<Expr *>(copyObjectImpl(expression)),
                                                         static_cast<AttrNumber>(list_length(columns)), nullptr, false));
}

// What the readings scan would have had to hold besides its time bounds.
List *clauses_of(PlannerInfo *root, Index rti, PlannedBounds &bounds) {
    return take_time_bounds(root, rti, extract_actual_clauses(root->simple_rel_array[rti]->baserestrictinfo, false), bounds);
}

Plan *plan_join(PlannerInfo *root, RelOptInfo *rel, CustomPath *path, List *tlist, List *, List *children) {
    const auto rti = static_cast<Index>(list_nth_int(path_integers(path), kPathRti));
    const FuncExpr *call = day_readings_call(root->simple_rte_array[rti]);
    auto *plan = makeNode(CustomScan);
    plan->flags = CUSTOMPATH_SUPPORT_PROJECTION;
    plan->methods = &kScanMethods;
    plan->scan.plan.targetlist = tlist;
    plan->custom_plans = children;
    PlannedBounds bounds;
    plan->scan.plan.qual = clauses_of(root, rti, bounds);
    plan->custom_exprs = list_concat_copy(bounds.values, static_cast<List *>(copyObjectImpl(path_keys(path))));
    plan->custom_exprs = list_concat(plan->custom_exprs, static_cast<List *>(copyObjectImpl(path_zones(path))));
    List *arguments = NIL;
    for (int i = 0; i < kReadingsArguments; ++i)
        arguments = lappend_int(
            arguments, place_of(static_cast<Plan *>(linitial(children)), static_cast<Node *>(list_nth(call->args, i))));
    const auto constant = [call](int n) { return static_cast<const Const *>(list_nth(call->args, n))->constvalue; };
    List *settings =
        list_make5_int(DatumGetInt32(constant(kReadingsArguments)), DatumGetBool(constant(kReadingsArguments + 1)) ? 1 : 0,
                       list_nth_int(path_integers(path), kPathAddsUp), list_nth_int(path_integers(path), kPathDepth),
                       list_length(path_zones(path)));
    plan->custom_private = list_make4(bounds.strategies, arguments, NIL, settings);
    static_assert(kPlanParts == 4);
    // By now the joins' target may be made of expressions, for groups.
    List *used = list_concat(list_concat_copy(rel->reltarget->exprs, plan->scan.plan.qual), path_keys(path));
    ListCell *cell;
    foreach (cell, pull_var_clause(node(used), PVC_RECURSE_AGGREGATES | PVC_RECURSE_WINDOWFUNCS | PVC_RECURSE_PLACEHOLDERS))
        add_scan_column(plan, rti, static_cast<Node *>(lfirst(cell)));
    return &plan->scan.plan;
}

const CustomPathMethods kPathMethods = {
    .CustomName = kName, .PlanCustomPath = plan_join, .ReparameterizeCustomPathByChild = nullptr};

bool are_variables(List *expressions) {
    ListCell *cell;
    foreach (cell, expressions)
        if (!IsA(lfirst(cell), Var) || static_cast<Var *>(lfirst(cell))->varattno <= 0)
            return false;
    return true;
}

// Days as they come in groups of equal keys: an estimate of how many rows are left of them.
double rows_added_up(PlannerInfo *root, const RelOptInfo *joined, const ProfileUse &use, const Path &days, double per_day) {
    List *keys = NIL;
    ListCell *cell;
    foreach (cell, joined->reltarget->exprs)
        if (static_cast<Index>(static_cast<Var *>(lfirst(cell))->varno) != use.rti)
            keys = lappend(keys, lfirst(cell));
    const double groups = keys == NIL ? 1 : estimate_num_groups(root, keys, days.rows, nullptr, nullptr);
    constexpr double kRunsOfDays = 12; // months, mostly
    const bool is_one_run = use.day_keys == NIL && use.zones == NIL;
    return clamp_row_est(per_day * (is_one_run ? groups : std::min(days.rows, groups * kRunsOfDays)));
}

// The node instead of `nested`; nullptr where it cannot take its place.
Path *join_instead(PlannerInfo *root, RelOptInfo *joined, Path *path) {
    if (!IsA(path, NestPath) || path->param_info != nullptr)
        return nullptr;
    const auto *nested = reinterpret_cast<const JoinPath *>(path);
    if (nested->jointype != JOIN_INNER || nested->joinrestrictinfo != NIL || !is_readings_scan(nested->innerjoinpath))
        return nullptr;
    const RelOptInfo *readings = nested->innerjoinpath->parent;
    const FuncExpr *call = day_readings_call(root->simple_rte_array[readings->relid]);
    if (!is_bucketed(call) || nested->innerjoinpath->param_info == nullptr ||
        nested->innerjoinpath->param_info->ppi_clauses != NIL ||
        !are_variables(list_copy_head(call->args, kReadingsArguments)) || !are_variables(joined->reltarget->exprs))
        return nullptr;
    PlannedBounds bounds;
    ListCell *cell;
    List *clauses = clauses_of(root, readings->relid, bounds);
    if (!bms_equal(pull_varnos(root, node(clauses)), readings->relids) && clauses != NIL)
        return nullptr;
    ProfileUse use{.rti = readings->relid};
    const auto *by_quality = static_cast<const Const *>(list_nth(call->args, kReadingsArguments + 1));
    bool adds_up = !DatumGetBool(by_quality->constvalue) && bms_is_subset(root->all_baserels, joined->relids) &&
                   can_add_up_days(root, use);
    foreach (cell, clauses)
        adds_up = adds_up && !keeps_days_apart(static_cast<Node *>(lfirst(cell)), &use);
    auto *join = makeNode(CustomPath);
    join->path = *path;
    join->path.type = T_CustomPath;
    join->path.pathtype = T_CustomScan;
    join->flags = CUSTOMPATH_SUPPORT_PROJECTION;
    join->custom_paths = list_make1(nested->outerjoinpath);
    join->custom_private = list_make3(list_make3_int(static_cast<int>(readings->relid), adds_up ? 1 : 0, use.depth),
                                      adds_up ? use.day_keys : NIL, adds_up ? use.zones : NIL);
    join->methods = &kPathMethods;
    const double saved = cpu_tuple_cost / 2 * join->path.rows;
    join->path.total_cost = std::max(nested->outerjoinpath->total_cost, join->path.total_cost - saved);
    if (adds_up) {
        join->path.pathkeys = NIL;
        join->path.rows = std::min(join->path.rows, rows_added_up(root, joined, use, *nested->outerjoinpath, readings->tuples));
    }
    return &join->path;
}

set_join_pathlist_hook_type previous_hook = nullptr;

void offer_bucket_join(PlannerInfo *root, RelOptInfo *joined, RelOptInfo *outer, RelOptInfo *inner, JoinType type,
                       JoinPathExtraData *extra) {
    if (previous_hook != nullptr)
        previous_hook(root, joined, outer, inner, type, extra);
    if (inner->rtekind != RTE_FUNCTION || inner->reloptkind != RELOPT_BASEREL ||
        !bms_is_member(static_cast<int>(inner->relid), inner->relids))
        return;
    ListCell *cell;
    foreach (cell, joined->pathlist)
        if (Path *join = join_instead(root, joined, static_cast<Path *>(lfirst(cell))))
            lfirst(cell) = join;
    foreach (cell, joined->partial_pathlist)
        if (Path *join = join_instead(root, joined, static_cast<Path *>(lfirst(cell))))
            lfirst(cell) = join;
}

} // namespace

void install_bucket_join() {
    RegisterCustomScanMethods(&kScanMethods);
    previous_hook = set_join_pathlist_hook;
    set_join_pathlist_hook = offer_bucket_join;
}

} // namespace nem12::readings

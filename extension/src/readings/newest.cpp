#include "readings/newest.hpp"

#include "guc.hpp"
#include "readings/combinable.hpp"
#include "readings/days_by_date.hpp"
#include "readings/function.hpp"
#include "readings/tree.hpp"

extern "C" {
#include "access/stratnum.h"
#include "access/sysattr.h"
#include "catalog/pg_operator_d.h"
#include "nodes/makefuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/plancat.h"
#include "utils/fmgroids.h"
#include "utils/syscache.h"
#include "utils/typcache.h"
}

namespace nem12::readings {
namespace {

get_relation_info_hook_type previous_hook = nullptr;

// A readings function over the days that the planner looks up.
struct Readings {
    Index rti;
    const FuncExpr *call;
};

Readings readings_over(const PlannerInfo *root, Index days) {
    for (int rti = 1; rti < root->simple_rel_array_size; ++rti) {
        const RangeTblEntry *rte = root->simple_rte_array[rti];
        const FuncExpr *call = rte == nullptr || rte->rtekind != RTE_FUNCTION ? nullptr : day_readings_call(rte);
        if (call == nullptr || !IsA(linitial(call->args), Var))
            continue;
        const auto *day = static_cast<const Var *>(linitial(call->args));
        if (day->varlevelsup == 0 && static_cast<Index>(day->varno) == days)
            return {static_cast<Index>(rti), call};
    }
    return {0, nullptr};
}

bool is_start(Index rti, const Node *expression) {
    return is_column(rti, expression, kTimestamp) || is_column(rti, expression, kTime);
}

// ---- whose days

// The x of column = x at the top of the WHERE, where x has no variables.
Expr *equal_to(const PlannerInfo *root, Index days, const char *name) {
    const AttrNumber column = get_attnum(root->simple_rte_array[days]->relid, name);
    if (column <= 0 || root->parse->jointree->quals == nullptr || !IsA(root->parse->jointree->quals, List))
        return nullptr;
    ListCell *cell;
    foreach (cell, reinterpret_cast<List *>(root->parse->jointree->quals)) {
        const auto *clause = static_cast<const OpExpr *>(lfirst(cell));
        if (!IsA(clause, OpExpr) || clause->opno != TextEqualOperator)
            continue;
        auto *left = static_cast<Node *>(linitial(clause->args));
        auto *right = static_cast<Node *>(lsecond(clause->args));
        if (!is_column(days, left, column - 1))
            std::swap(left, right);
        if (is_column(days, left, column - 1) && reinterpret_cast<const Var *>(left)->varcollid == clause->inputcollid &&
            !contain_var_clause(right) && !contain_volatile_functions(right) && !contain_subplans(right))
            return reinterpret_cast<Expr *>(right);
    }
    return nullptr;
}

// ---- ORDER BY "timestamp" ... LIMIT

TargetEntry *target_of(const PlannerInfo *root, Index sort_group_ref) {
    ListCell *cell;
    foreach (cell, root->processed_tlist)
        if (static_cast<TargetEntry *>(lfirst(cell))->ressortgroupref == sort_group_ref)
            return static_cast<TargetEntry *>(lfirst(cell));
    return nullptr;
}

bool is_plain_limited(const Query *query) {
    return query->limitCount != nullptr && query->sortClause != NIL && !query->hasAggs && query->groupClause == NIL &&
           query->groupingSets == NIL && query->distinctClause == NIL && !query->hasWindowFuncs && !query->hasTargetSRFs &&
           query->setOperations == nullptr && query->havingQual == nullptr;
}

// Where the query's order begins with the time: what the order by date is. False: it does not.
bool read_order(const PlannerInfo *root, Index readings, bool &newest_first) {
    if (!is_plain_limited(root->parse))
        return false;
    const auto *first = static_cast<const SortGroupClause *>(linitial(root->parse->sortClause));
    const TargetEntry *target = target_of(root, first->tleSortGroupRef);
    if (target == nullptr || !is_start(readings, node(target->expr)))
        return false;
    const auto *type = lookup_type_cache(exprType(node(target->expr)), TYPECACHE_LT_OPR | TYPECACHE_GT_OPR);
    newest_first = first->sortop == type->gt_opr;
    return newest_first || first->sortop == type->lt_opr;
}

// Puts the date before the time. It goes the same way, so the order stays what it is, and days by date have the first part of
// it: what is left to do is to sort each day's readings.
void order_by_date_first(PlannerInfo *root, const Var *day, bool newest_first) {
    Query *query = root->parse;
    Index last_ref = 0;
    ListCell *cell;
    foreach (cell, root->processed_tlist)
        last_ref = Max(last_ref, static_cast<const TargetEntry *>(lfirst(cell))->ressortgroupref);
    TargetEntry *target = makeTargetEntry(static_cast<Expr *>(copyObjectImpl(day)),
                                          static_cast<AttrNumber>(list_length(root->processed_tlist) + 1), nullptr, true);
    target->ressortgroupref = last_ref + 1;
    root->processed_tlist = lappend(root->processed_tlist, target);
    query->targetList = root->processed_tlist;
    const auto *type = lookup_type_cache(DATEOID, TYPECACHE_LT_OPR | TYPECACHE_GT_OPR | TYPECACHE_EQ_OPR);
    auto *first = static_cast<SortGroupClause *>(copyObjectImpl(linitial(query->sortClause)));
    first->tleSortGroupRef = target->ressortgroupref;
    first->eqop = type->eq_opr;
    first->sortop = newest_first ? type->gt_opr : type->lt_opr;
    query->sortClause = lcons(first, query->sortClause);
}

// ---- max("timestamp"), min("timestamp")

struct Extreme {
    Index readings;
    int found; // -1: min, 1: max, 0: neither yet
};

// True ends the walk: something else is asked for too.
bool asks_for_more(Node *tree, Extreme *extreme) {
    if (tree == nullptr)
        return false;
    if (!IsA(tree, Aggref))
        return expression_tree_walker(tree, pg::tree_walker(asks_for_more), extreme);
    const auto *aggregate = reinterpret_cast<const Aggref *>(tree);
    const Node *argument = only_argument(aggregate);
    int found = 0;
    if (aggregate->aggfnoid == F_MAX_TIMESTAMP || aggregate->aggfnoid == F_MAX_TIMESTAMPTZ)
        found = 1;
    if (aggregate->aggfnoid == F_MIN_TIMESTAMP || aggregate->aggfnoid == F_MIN_TIMESTAMPTZ)
        found = -1;
    const bool of_start = is_start(extreme->readings, argument) ||
                          is_column(extreme->readings, argument, found > 0 ? kBucketLast : kBucketStart) ||
                          is_column(extreme->readings, argument, found > 0 ? kBucketLastTime : kBucketStartTime);
    if (found == 0 || !of_start || aggregate->aggfilter != nullptr || aggregate->aggorder != NIL ||
        aggregate->agglevelsup != 0 || (extreme->found != 0 && extreme->found != found))
        return true;
    extreme->found = found;
    return false;
}

// Whether quals let through the readings of a day that they let any through of, but for what time bounds leave out of it.
bool are_of_days(const PlannerInfo *root, Index days, Index readings, Node *quals) {
    if (quals == nullptr)
        return true;
    if (!IsA(quals, List))
        return is_certain_time_bound(readings, quals) || (bms_is_subset(pull_varnos(const_cast<PlannerInfo *>(root), quals),
                                                                        bms_make_singleton(static_cast<int>(days))) &&
                                                          !contain_volatile_functions(quals));
    ListCell *cell;
    foreach (cell, reinterpret_cast<List *>(quals))
        if (!are_of_days(root, days, readings, static_cast<Node *>(lfirst(cell))))
            return false;
    return true;
}

// Whether the FROM takes every reading of the days that are let through: besides both, there are left joins only.
bool takes_every_reading(const PlannerInfo *root, Index days, Index readings, Node *jointree) {
    if (IsA(jointree, RangeTblRef)) {
        const auto rti = static_cast<Index>(reinterpret_cast<const RangeTblRef *>(jointree)->rtindex);
        return rti == days || rti == readings;
    }
    if (IsA(jointree, FromExpr)) {
        const auto *from = reinterpret_cast<const FromExpr *>(jointree);
        ListCell *cell;
        foreach (cell, from->fromlist)
            if (!takes_every_reading(root, days, readings, static_cast<Node *>(lfirst(cell))))
                return false;
        return are_of_days(root, days, readings, from->quals);
    }
    const auto *join = reinterpret_cast<const JoinExpr *>(jointree);
    if (!takes_every_reading(root, days, readings, join->larg))
        return false;
    if (join->jointype == JOIN_LEFT)
        return !is_in_jointree(join->rarg, days) && !is_in_jointree(join->rarg, readings);
    return join->jointype == JOIN_INNER && takes_every_reading(root, days, readings, join->rarg) &&
           are_of_days(root, days, readings, join->quals);
}

bool is_never_null(const PlannerInfo *root, Index days, const Node *argument) {
    if (IsA(argument, Const))
        return !reinterpret_cast<const Const *>(argument)->constisnull;
    if (!IsA(argument, Var) || static_cast<Index>(reinterpret_cast<const Var *>(argument)->varno) != days)
        return false;
    HeapTuple column = SearchSysCache2(ATTNUM, ObjectIdGetDatum(root->simple_rte_array[days]->relid),
                                       Int16GetDatum(reinterpret_cast<const Var *>(argument)->varattno));
    if (!HeapTupleIsValid(column))
        return false;
    const bool never = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(column))->attnotnull;
    ReleaseSysCache(column);
    return never;
}

// Whether every day gives readings, as it does when none of the function's arguments is NULL.
bool gives_readings(const PlannerInfo *root, Index days, const FuncExpr *call) {
    ListCell *cell;
    foreach (cell, call->args)
        if (!is_never_null(root, days, static_cast<const Node *>(lfirst(cell))))
            return false;
    return true;
}

bool read_extreme(const PlannerInfo *root, Index days, const Readings &over, bool &newest_first) {
    const Query *query = root->parse;
    const Index readings = over.rti;
    if (!query->hasAggs || query->groupClause != NIL || query->groupingSets != NIL || query->havingQual != nullptr ||
        query->hasTargetSRFs || query->hasWindowFuncs)
        return false;
    Extreme extreme{readings, 0};
    if (asks_for_more(node(root->processed_tlist), &extreme) || extreme.found == 0 || !gives_readings(root, days, over.call) ||
        !takes_every_reading(root, days, readings, node(query->jointree)))
        return false;
    newest_first = extreme.found > 0;
    return true;
}

// ---- the table of days

// A row's place or table, which days by date do not have.
bool uses_system_columns(const PlannerInfo *root, Index days, const Readings &readings) {
    Bitmapset *columns = nullptr;
    pull_varattnos(node(root->processed_tlist), days, &columns);
    pull_varattnos(node(root->parse->jointree), days, &columns);
    pull_varattnos(node(readings.call->args), days, &columns);
    const int last = bms_next_member(columns, -1);
    return last >= 0 && last <= -FirstLowInvalidHeapAttributeNumber;
}

void look_at_days(PlannerInfo *root, RelOptInfo *rel) {
    if (!is_plain_limited(root->parse) && !root->parse->hasAggs)
        return;
    const RangeTblEntry *rte = root->simple_rte_array[rel->relid];
    if (root->parse->commandType != CMD_SELECT || root->parse->rowMarks != NIL || rte->tablesample != nullptr ||
        root->append_rel_list != NIL)
        return;
    const Readings readings = readings_over(root, rel->relid);
    if (readings.call == nullptr)
        return;
    DaysByDate wanted{};
    const bool ordered = read_order(root, readings.rti, wanted.newest_first);
    if (!ordered && !read_extreme(root, rel->relid, readings, wanted.newest_first))
        return;
    // The day at a time bound may have nothing beyond it; the next one has.
    wanted.dates = ordered ? 0 : 2;
    wanted.nmi = equal_to(root, rel->relid, "nmi");
    wanted.suffix = equal_to(root, rel->relid, "nmi_suffix");
    const auto *day = static_cast<const Var *>(linitial(readings.call->args));
    if (wanted.nmi == nullptr || uses_system_columns(root, rel->relid, readings) ||
        !can_read_by_date(rte->relid, day->varattno))
        return;
    if (ordered)
        order_by_date_first(root, day, wanted.newest_first);
    read_days_by_date(root, rel, wanted);
}

void look_at_table(PlannerInfo *root, Oid relation, bool inherited, RelOptInfo *rel) {
    if (previous_hook != nullptr)
        previous_hook(root, relation, inherited, rel);
    if (inherited && rel->reloptkind == RELOPT_BASEREL && combine_readings())
        look_at_days(root, rel);
}

} // namespace

void install_newest() {
    install_days_by_date();
    previous_hook = get_relation_info_hook;
    get_relation_info_hook = look_at_table;
}

} // namespace nem12::readings

// The exchange is made when the planner looks up the query's first table. By then the query is flattened (views upon views,
// inlined WITH) and simplified, and its columns and clauses are not handed to the tables yet. A hook before all planning would
// miss the first query of a session, which loads this library only while it is planned.

#include "readings/exchange.hpp"

#include <array>

#include "guc.hpp"
#include "readings/combinable.hpp"
#include "readings/function.hpp"
#include "readings/tree.hpp"

extern "C" {
#include "catalog/namespace.h"
#include "catalog/pg_aggregate_d.h"
#include "nodes/makefuncs.h"
#include "optimizer/plancat.h"
#include "optimizer/prep.h"
#include "parser/parse_func.h"
#include "utils/fmgroids.h"
#include "utils/syscache.h"
}

namespace nem12::readings {
namespace {

get_relation_info_hook_type previous_hook = nullptr;

// What stands in the places of the function and the aggregates.
struct Twins {
    Oid bucket; // the type
    Oid day_buckets;
    Oid sum;
    Oid min;
    Oid max;
    Oid avg;
    Oid count;
};

struct Exchange {
    CombinableUse use;
    Twins twins;
    const Node *day; // what the function has for interval_date
};

// False where the extension's SQL is older than its library, or where somebody who may look at the view may not call the
// aggregates.
bool find_twins(const FuncExpr *call, Twins &twins) {
    const Oid schema = get_func_namespace(call->funcid);
    twins.bucket = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("nem12_bucket"), ObjectIdGetDatum(schema));
    if (!OidIsValid(twins.bucket))
        return false;
    const auto find = [schema](const char *name, std::initializer_list<Oid> types) {
        List *qualified = list_make2(makeString(get_namespace_name(schema)), makeString(pstrdup(name)));
        return LookupFuncName(qualified, static_cast<int>(types.size()), types.begin(), true);
    };
    const Oid values = exprType(static_cast<Node *>(lsecond(call->args)));
    twins.day_buckets = find("nem12_day_buckets", {DATEOID, values, TEXTOID, TEXTOID, INT4OID, BOOLOID});
    twins.sum = find("nem12_sum_buckets", {twins.bucket});
    twins.min = find("nem12_min_buckets", {twins.bucket});
    twins.max = find("nem12_max_buckets", {twins.bucket});
    twins.avg = find("nem12_avg_buckets", {twins.bucket});
    twins.count = find("nem12_count_buckets", {twins.bucket});
    const auto is_usable = [](Oid function) { return OidIsValid(function) && pg::may_execute(function); };
    return OidIsValid(twins.day_buckets) && is_usable(twins.sum) && is_usable(twins.min) && is_usable(twins.max) &&
           is_usable(twins.avg) && is_usable(twins.count);
}

Node *exchange(Node *tree, Exchange *all);

Node *column_of(const Exchange *all, int column, Oid type) {
    return node(makeVar(static_cast<int>(all->use.rti), static_cast<AttrNumber>(column + 1), type, -1, InvalidOid, 0));
}

// `like` with another function, over `argument`. Its filter, if any, is exchanged.
Node *aggregate_of(Exchange *all, const Aggref *like, Oid function, Oid argument_type, Node *argument) {
    auto *aggregate = makeNode(Aggref);
    aggregate->aggfnoid = function;
    aggregate->aggtype = get_func_rettype(function);
    aggregate->aggargtypes = list_make1_oid(argument_type);
    aggregate->args = list_make1(makeTargetEntry(reinterpret_cast<Expr *>(argument), 1, nullptr, false));
    aggregate->aggfilter = reinterpret_cast<Expr *>(exchange(node(like->aggfilter), all));
    aggregate->aggkind = AGGKIND_NORMAL;
    aggregate->aggno = -1;
    aggregate->aggtransno = -1;
    aggregate->aggsplit = AGGSPLIT_SIMPLE;
    aggregate->location = like->location;
    return node(aggregate);
}

Node *aggregate_of_buckets(Exchange *all, const Aggref *like, Oid function) {
    return aggregate_of(all, like, function, all->twins.bucket, column_of(all, kBucket, all->twins.bucket));
}

// How many readings there are for which `argument` (nullptr: nothing) is not NULL.
Node *count_of(Exchange *all, const Aggref *like, Node *argument) {
    const int column = all->use.needs_values ? kBucket : kBucketReadings;
    Node *bucket = column_of(all, column, all->twins.bucket);
    if (argument != nullptr) {
        auto *test = makeNode(NullTest);
        test->arg = reinterpret_cast<Expr *>(exchange(argument, all));
        test->nulltesttype = IS_NOT_NULL;
        test->location = -1;
        auto *when = makeNode(CaseWhen);
        when->expr = reinterpret_cast<Expr *>(test);
        when->result = reinterpret_cast<Expr *>(bucket);
        when->location = -1;
        auto *choice = makeNode(CaseExpr);
        choice->casetype = all->twins.bucket;
        choice->args = list_make1(when);
        choice->defresult = reinterpret_cast<Expr *>(makeNullConst(all->twins.bucket, -1, InvalidOid));
        choice->location = -1;
        bucket = node(choice);
    }
    return aggregate_of(all, like, all->twins.count, all->twins.bucket, bucket);
}

// As avg has it: the sum by the number of what is not NULL.
Node *average_of(Exchange *all, const Aggref *like, Node *argument) {
    Node *sum = aggregate_of(all, like, F_SUM_NUMERIC, NUMERICOID, exchange(argument, all));
    Node *count = node(makeFuncExpr(F_NUMERIC_INT8, NUMERICOID, list_make1(count_of(all, like, argument)), InvalidOid,
                                    InvalidOid, COERCE_IMPLICIT_CAST));
    return node(makeFuncExpr(F_NUMERIC_DIV, NUMERICOID, list_make2(sum, count), InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL));
}

// nullptr: the aggregate is right as it stands, over what its arguments become.
Node *exchange_aggregate(Exchange *all, const Aggref *aggregate) {
    if (aggregate->aggdistinct != NIL)
        return nullptr;
    Node *argument = only_argument(aggregate);
    const bool of_consumption = is_column(all->use.rti, argument, kConsumption);
    switch (aggregate->aggfnoid) {
    case F_COUNT_: return count_of(all, aggregate, nullptr);
    case F_COUNT_ANY: return count_of(all, aggregate, is_never_null(all->use, argument) ? nullptr : argument);
    case F_SUM_NUMERIC: return of_consumption ? aggregate_of_buckets(all, aggregate, all->twins.sum) : nullptr;
    case F_AVG_NUMERIC:
        return of_consumption ? aggregate_of_buckets(all, aggregate, all->twins.avg) : average_of(all, aggregate, argument);
    case F_MIN_NUMERIC: return of_consumption ? aggregate_of_buckets(all, aggregate, all->twins.min) : nullptr;
    case F_MAX_NUMERIC: return of_consumption ? aggregate_of_buckets(all, aggregate, all->twins.max) : nullptr;
    case F_MAX_TIMESTAMP:
        if (!is_column(all->use.rti, argument, kTimestamp))
            return nullptr;
        return aggregate_of(all, aggregate, F_MAX_TIMESTAMP, TIMESTAMPOID, column_of(all, kBucketLast, TIMESTAMPOID));
    case F_MAX_TIMESTAMPTZ:
        if (!is_column(all->use.rti, argument, kTime))
            return nullptr;
        return aggregate_of(all, aggregate, F_MAX_TIMESTAMPTZ, TIMESTAMPTZOID, column_of(all, kBucketLastTime, TIMESTAMPTZOID));
    default: return nullptr;
    }
}

bool is_date_of_reading(Index rti, const Node *expression) {
    if (!IsA(expression, FuncExpr))
        return false;
    const auto *call = reinterpret_cast<const FuncExpr *>(expression);
    return call->funcid == F_DATE_TIMESTAMP && is_column(rti, static_cast<const Node *>(linitial(call->args)), kTimestamp);
}

// A copy of `tree` over buckets. "timestamp" and "time" become the bucket's start: what is left under these names are the time
// bounds.
Node *exchange(Node *tree, Exchange *all) {
    if (tree == nullptr)
        return nullptr;
    check_stack_depth();
    if (is_date_of_reading(all->use.rti, tree) && IsA(all->day, Var))
        return static_cast<Node *>(copyObjectImpl(all->day)); // of which the planner knows how many there are
    if (is_column(all->use.rti, tree, kTimestamp))
        return column_of(all, kBucketStart, TIMESTAMPOID);
    if (is_column(all->use.rti, tree, kTime))
        return column_of(all, kBucketStartTime, TIMESTAMPTZOID);
    if (IsA(tree, Aggref))
        if (Node *aggregate = exchange_aggregate(all, reinterpret_cast<Aggref *>(tree)))
            return aggregate;
    return expression_tree_mutator(tree, pg::tree_mutator(exchange), all);
}

Node *exchange_quals(Node *quals, bool filters, Exchange *all) {
    if (quals == nullptr || !IsA(quals, List))
        return (filters && quals != nullptr && is_certain_time_bound(all->use.rti, quals)) ? quals : exchange(quals, all);
    List *exchanged = NIL;
    ListCell *cell;
    foreach (cell, reinterpret_cast<List *>(quals))
        exchanged = list_append_unique(exchanged, exchange_quals(static_cast<Node *>(lfirst(cell)), filters, all));
    return node(exchanged);
}

void exchange_jointree(Node *jointree, Exchange *all) {
    check_stack_depth();
    if (IsA(jointree, FromExpr)) {
        auto *from = reinterpret_cast<FromExpr *>(jointree);
        ListCell *cell;
        foreach (cell, from->fromlist)
            exchange_jointree(static_cast<Node *>(lfirst(cell)), all);
        from->quals = exchange_quals(from->quals, true, all);
    } else if (IsA(jointree, JoinExpr)) {
        auto *join = reinterpret_cast<JoinExpr *>(jointree);
        exchange_jointree(join->larg, all);
        exchange_jointree(join->rarg, all);
        join->quals = exchange_quals(join->quals, join->jointype == JOIN_INNER, all);
    }
}

void exchange_function(RangeTblEntry *rte, const Exchange *all) {
    auto *function = static_cast<RangeTblFunction *>(linitial(rte->functions));
    auto *call = reinterpret_cast<FuncExpr *>(function->funcexpr);
    call->funcid = all->twins.day_buckets;
    call->args =
        lappend(call->args, makeConst(INT4OID, -1, InvalidOid, sizeof(int32), Int32GetDatum(all->use.minutes), false, true));
    call->args = lappend(call->args, makeBoolConst(all->use.by_quality, false));
    function->funccolcount = kBucketColumns;
    for (const char *name : {"bucket_start", "bucket_last", "bucket_start_time", "bucket_last_time", "readings", "bucket"})
        rte->eref->colnames = lappend(rte->eref->colnames, makeString(pstrdup(name)));
}

// Aggregates were numbered before, their old selves.
void number_aggregates(PlannerInfo *root) {
    root->agginfos = NIL;
    root->aggtransinfos = NIL;
    root->numOrderedAggs = 0;
    root->hasNonPartialAggs = false;
    root->hasNonSerialAggs = false;
    preprocess_aggrefs(root, node(root->processed_tlist));
    preprocess_aggrefs(root, root->parse->havingQual);
}

// The one call of nem12_day_readings in the FROM of `root`'s query, which the planner has not looked at yet; 0: there is none,
// or there are several.
Index only_readings(PlannerInfo *root) {
    Index found = 0;
    for (int rti = 1; rti < root->simple_rel_array_size; ++rti) {
        const RangeTblEntry *rte = root->simple_rte_array[rti];
        if (rte == nullptr || rte->rtekind != RTE_FUNCTION)
            continue;
        const FuncExpr *call = day_readings_call(rte);
        if (call == nullptr || !is_in_jointree(node(root->parse->jointree), static_cast<Index>(rti)))
            continue;
        if (found != 0 || is_bucketed(call) || root->simple_rel_array[rti] != nullptr)
            return 0;
        found = static_cast<Index>(rti);
    }
    return found;
}

void exchange_where_possible(PlannerInfo *root) {
    Query *query = root->parse;
    if (!combine_readings() || query->commandType != CMD_SELECT ||
        (!query->hasAggs && query->groupClause == NIL && query->distinctClause == NIL))
        return;
    Exchange all{{.rti = only_readings(root)}, {}, nullptr};
    if (all.use.rti == 0)
        return;
    if (!is_combinable(root, all.use)) {
        ereport(DEBUG1, (errmsg_internal("nem12: readings are not combined: %s", all.use.refused)));
        return;
    }
    RangeTblEntry *rte = root->simple_rte_array[all.use.rti];
    if (!find_twins(day_readings_call(rte), all.twins))
        return;
    all.day = static_cast<const Node *>(linitial(day_readings_call(rte)->args));
    exchange_function(rte, &all);
    root->processed_tlist = reinterpret_cast<List *>(exchange(node(root->processed_tlist), &all));
    query->targetList = root->processed_tlist;
    query->havingQual = exchange(query->havingQual, &all);
    exchange_jointree(node(query->jointree), &all);
    if (query->hasAggs)
        number_aggregates(root);
}

void look_at_table(PlannerInfo *root, Oid relation, bool inherited, RelOptInfo *rel) {
    if (previous_hook != nullptr)
        previous_hook(root, relation, inherited, rel);
    if (rel->reloptkind == RELOPT_BASEREL)
        exchange_where_possible(root);
}

} // namespace

void install_exchange() {
    previous_hook = get_relation_info_hook;
    get_relation_info_hook = look_at_table;
}

} // namespace nem12::readings

#include "readings/combinable.hpp"

#include <algorithm>

#include "readings/bucket_time.hpp"
#include "readings/function.hpp"
#include "readings/time_comparison.hpp"
#include "readings/tree.hpp"

extern "C" {
#include "catalog/pg_namespace_d.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
}

namespace nem12::readings {
namespace {

// The walkers below return true to end the walk: the query is refused.
bool refuse(CombinableUse *use, const char *why) {
    if (use->refused == nullptr)
        use->refused = why;
    return true;
}

bool check_aggregate(CombinableUse *use, Aggref *aggregate);

bool check_column(CombinableUse *use, const Var *var) {
    if (var->varlevelsup != 0 || static_cast<Index>(var->varno) != use->rti)
        return false;
    if (pg::var_is_nulled(var))
        return refuse(use, "a reading's column that an outer join may leave out");
    switch (var->varattno - 1) {
    case kIntervalLength: return false;
    case kQualityMethod:
    case kReasonCode:
    case kReasonDescription: use->by_quality = true; return false;
    default: return refuse(use, "a column of single readings");
    }
}

// Whether `tree` tells readings of a bucket apart; narrows the bucket so that it does not, where that can be.
bool check(Node *tree, CombinableUse *use) {
    if (tree == nullptr)
        return false;
    check_stack_depth();
    if (const int minutes = bucket_minutes(use->rti, tree); minutes != 0) {
        use->minutes = std::min(use->minutes, minutes);
        return false;
    }
    switch (nodeTag(tree)) {
    case T_Var: return check_column(use, reinterpret_cast<const Var *>(tree));
    case T_Aggref: return check_aggregate(use, reinterpret_cast<Aggref *>(tree));
    case T_PlaceHolderVar: return uses_relation(tree, use->rti) && refuse(use, "an expression below an outer join");
    case T_Query:
    case T_SubLink: return uses_relation(tree, use->rti) && refuse(use, "a subquery that looks at a reading");
    default: return expression_tree_walker(tree, pg::tree_walker(check), use);
    }
}

// Aggregates that do not care how often a value comes.
bool is_extreme(const Aggref *aggregate) {
    const char *name = get_func_name(aggregate->aggfnoid);
    return name != nullptr && get_func_namespace(aggregate->aggfnoid) == PG_CATALOG_NAMESPACE &&
           (strcmp(name, "min") == 0 || strcmp(name, "max") == 0);
}

bool check_aggregate(CombinableUse *use, Aggref *aggregate) {
    if (aggregate->agglevelsup != 0)
        return refuse(use, "an aggregate of an outer query");
    if (aggregate->aggdirectargs != NIL || aggregate->aggorder != NIL || aggregate->aggvariadic)
        return refuse(use, "an aggregate with an order");
    if (check(node(aggregate->aggfilter), use))
        return true;
    Node *argument = only_argument(aggregate);
    if (aggregate->aggdistinct == NIL) {
        switch (aggregate->aggfnoid) {
        case F_COUNT_: return false;
        case F_COUNT_ANY: return is_never_null(*use, argument) ? false : check(argument, use);
        case F_SUM_NUMERIC:
        case F_AVG_NUMERIC:
            use->needs_values = true;
            return is_linear(*use, argument) ? false : refuse(use, "a sum or average that is no multiple of consumption");
        case F_MIN_NUMERIC:
        case F_MAX_NUMERIC:
            if (is_column(use->rti, argument, kConsumption)) {
                use->needs_values = true;
                return false;
            }
            break;
        case F_MIN_TIMESTAMP:
        case F_MAX_TIMESTAMP:
            if (is_column(use->rti, argument, kTimestamp))
                return false;
            break;
        case F_MIN_TIMESTAMPTZ:
        case F_MAX_TIMESTAMPTZ:
            if (is_column(use->rti, argument, kTime))
                return false;
            break;
        default: break;
        }
    }
    if (is_extreme(aggregate) || aggregate->aggdistinct != NIL)
        return check(node(aggregate->args), use);
    return refuse(use, "an aggregate that counts readings its own way");
}

// A factor that is no infinity (the sum of infinities may be none, where readings are of both signs or zero) and has fewer
// decimals than a product keeps. A column with a precision is so, a whole number too.
bool is_plain_factor(const Node *factor) {
    constexpr int kMostDecimals = 1000;
    if (IsA(factor, Const)) {
        const auto *constant = reinterpret_cast<const Const *>(factor);
        if (constant->constisnull)
            return true;
        const Numeric value = DatumGetNumeric(constant->constvalue);
        return !numeric_is_nan(value) && !numeric_is_inf(value) &&
               DatumGetInt32(DirectFunctionCall1(numeric_scale, constant->constvalue)) <= kMostDecimals;
    }
    if (IsA(factor, Var))
        return reinterpret_cast<const Var *>(factor)->vartypmod >= 0;
    if (!IsA(factor, FuncExpr))
        return false;
    const Oid function = reinterpret_cast<const FuncExpr *>(factor)->funcid;
    return function == F_NUMERIC_INT2 || function == F_NUMERIC_INT4 || function == F_NUMERIC_INT8;
}

bool is_zero_or_null(const Node *expression) {
    if (!IsA(expression, Const))
        return false;
    const auto *constant = reinterpret_cast<const Const *>(expression);
    const Datum zero = NumericGetDatum(int64_to_numeric(0));
    return constant->constisnull || DatumGetBool(DirectFunctionCall2(numeric_eq, constant->constvalue, zero));
}

bool is_linear_choice(CombinableUse &use, const CaseExpr *choice) {
    const auto serves = [&use](Node *result) { return is_zero_or_null(result) || is_linear(use, result); };
    if (check(node(choice->arg), &use))
        return false;
    ListCell *cell;
    foreach (cell, choice->args) {
        const auto *when = static_cast<CaseWhen *>(lfirst(cell));
        if (check(node(when->expr), &use) || !serves(node(when->result)))
            return false;
    }
    return choice->defresult == nullptr || serves(node(choice->defresult));
}

bool check_quals(CombinableUse *use, Node *quals, bool filters) {
    if (quals == nullptr)
        return false;
    if (!IsA(quals, List))
        return (filters && is_certain_time_bound(use->rti, quals)) ? false : check(quals, use);
    ListCell *cell;
    foreach (cell, reinterpret_cast<List *>(quals))
        if (check_quals(use, static_cast<Node *>(lfirst(cell)), filters))
            return true;
    return false;
}

// Every reading that is found has to come out of the joins as often as any other of its bucket.
bool check_jointree(CombinableUse *use, Node *jointree) {
    check_stack_depth();
    if (IsA(jointree, RangeTblRef))
        return false;
    if (IsA(jointree, FromExpr)) {
        auto *from = reinterpret_cast<FromExpr *>(jointree);
        ListCell *cell;
        foreach (cell, from->fromlist)
            if (is_in_jointree(static_cast<Node *>(lfirst(cell)), use->rti) &&
                check_jointree(use, static_cast<Node *>(lfirst(cell))))
                return true;
        return check_quals(use, from->quals, true);
    }
    auto *join = reinterpret_cast<JoinExpr *>(jointree);
    const bool is_left = is_in_jointree(join->larg, use->rti);
    const bool is_kept =
        join->jointype == JOIN_INNER ||
        (is_left && (join->jointype == JOIN_LEFT || join->jointype == JOIN_SEMI || join->jointype == JOIN_ANTI));
    if (!is_kept)
        return refuse(use, "readings on the inner side of an outer join or a subquery");
    return check_jointree(use, is_left ? join->larg : join->rarg) ||
           check_quals(use, join->quals, join->jointype == JOIN_INNER);
}

// Tables, functions and subqueries in FROM that look at each reading.
bool check_tables(CombinableUse *use, Query *query) {
    Index rti = 0;
    ListCell *cell;
    foreach (cell, query->rtable) {
        auto *rte = static_cast<RangeTblEntry *>(lfirst(cell));
        if (++rti == use->rti || rte->rtekind == RTE_JOIN)
            continue;
        if (uses_relation(node(rte->functions), use->rti) || uses_relation(node(rte->tablefunc), use->rti) ||
            uses_relation(node(rte->values_lists), use->rti) || uses_relation(node(rte->subquery), use->rti) ||
            uses_relation(node(rte->tablesample), use->rti))
            return refuse(use, "a table that looks at a reading");
    }
    return false;
}

// How often a row of the query's FROM comes must not matter but to aggregates.
bool check_shape(CombinableUse *use, const PlannerInfo *root) {
    Query *query = root->parse;
    if (!query->hasAggs && query->groupClause == NIL && query->groupingSets == NIL &&
        (query->distinctClause == NIL || query->hasWindowFuncs))
        return refuse(use, "no aggregate, no groups");
    if (query->hasTargetSRFs || query->rowMarks != NIL || root->append_rel_list != NIL)
        return refuse(use, "a set-returning function, a lock on rows or UNION ALL");
    if (contain_volatile_functions(node(root->processed_tlist)) || contain_volatile_functions(node(query->jointree)) ||
        contain_volatile_functions(query->havingQual))
        return refuse(use, "a volatile function");
    return false;
}

} // namespace

bool is_never_null(const CombinableUse &use, const Node *argument) {
    constexpr int kNeverNull[] = {kTimestamp, kTime, kIntervalEnd, kConsumption, kIntervalLength};
    return std::any_of(std::begin(kNeverNull), std::end(kNeverNull),
                       [&use, argument](int column) { return is_column(use.rti, argument, column); });
}

bool is_linear(CombinableUse &use, Node *expression) {
    if (expression == nullptr)
        return false;
    check_stack_depth();
    if (is_column(use.rti, expression, kConsumption))
        return true;
    if (IsA(expression, CaseExpr))
        return is_linear_choice(use, reinterpret_cast<CaseExpr *>(expression));
    if (!IsA(expression, OpExpr))
        return false;
    const auto *operation = reinterpret_cast<OpExpr *>(expression);
    const Oid function = get_opcode(operation->opno);
    if (function == F_NUMERIC_UMINUS)
        return is_linear(use, static_cast<Node *>(linitial(operation->args)));
    if (function != F_NUMERIC_MUL)
        return false;
    auto *product = static_cast<Node *>(linitial(operation->args));
    auto *factor = static_cast<Node *>(lsecond(operation->args));
    if (!uses_relation(product, use.rti))
        std::swap(product, factor);
    return is_plain_factor(factor) && is_linear(use, product) && !check(factor, &use);
}

bool is_certain_time_bound(Index rti, const Node *clause) {
    if (!IsA(clause, OpExpr))
        return false;
    for (const bool commuted : {false, true}) {
        TimeComparison comparison;
        if (read_time_comparison(reinterpret_cast<const OpExpr *>(clause), commuted, comparison) &&
            can_be_time_bound(rti, comparison) && !pg::var_is_nulled(reinterpret_cast<Var *>(comparison.left)) &&
            !contain_var_clause(comparison.right) && !contain_volatile_functions(comparison.right) &&
            !contain_subplans(comparison.right))
            return true;
    }
    return false;
}

bool is_combinable(const PlannerInfo *root, CombinableUse &use) {
    Query *query = root->parse;
    return !check_shape(&use, root) && !check_jointree(&use, node(query->jointree)) &&
           !check(node(root->processed_tlist), &use) && !check(query->havingQual, &use) && !check_tables(&use, query);
}

} // namespace nem12::readings

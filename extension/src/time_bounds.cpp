#include "time_bounds.hpp"

#include <algorithm>

extern "C" {
#include "access/stratnum.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"
}

namespace nem12 {
namespace {

constexpr AttrNumber kTimestampColumn = 1;

bool is_timestamp_of(Index rti, Node *side) {
    if (!IsA(side, Var))
        return false;
    const auto *var = reinterpret_cast<Var *>(side);
    return var->varlevelsup == 0 && static_cast<Index>(var->varno) == rti && var->varattno == kTimestampColumn;
}

// Variables of other relations become parameters of the scan; its own change with every reading.
bool can_be_value(PlannerInfo *root, Index rti, Node *side) {
    return !contain_volatile_functions(side) && !contain_subplans(side) &&
           !bms_is_member(static_cast<int>(rti), pull_varnos(root, side));
}

bool find_ordered(PlannerInfo *root, Index rti, Oid op, Node *left, Node *right, TimeBound &bound) {
    const Oid family = lookup_type_cache(TIMESTAMPOID, TYPECACHE_BTREE_OPFAMILY)->btree_opf;
    if (!is_timestamp_of(rti, left) || !op_in_opfamily(op, family) || !can_be_value(root, rti, right))
        return false;
    Oid left_type;
    Oid right_type;
    get_op_opfamily_properties(op, family, false, &bound.strategy, &left_type, &right_type);
    bound.value = reinterpret_cast<Expr *>(right);
    return left_type == TIMESTAMPOID && (right_type == TIMESTAMPOID || right_type == DATEOID);
}

// How many of the day's intervals begin at `time` or before it.
int begun_at(Timestamp time, Timestamp day_start, int interval_count) {
    if (time < day_start)
        return 0;
    if (time >= day_start + USECS_PER_DAY)
        return interval_count;
    return static_cast<int>((time - day_start) / (USECS_PER_DAY / interval_count)) + 1;
}

int begun_before(Timestamp time, Timestamp day_start, int interval_count) {
    return time <= day_start ? 0 : begun_at(time - 1, day_start, interval_count);
}

} // namespace

bool find_time_bound(PlannerInfo *root, Index rti, Expr *clause, TimeBound &bound) {
    if (!IsA(clause, OpExpr))
        return false;
    const auto *op = reinterpret_cast<OpExpr *>(clause);
    if (list_length(op->args) != 2)
        return false;
    auto *left = static_cast<Node *>(linitial(op->args));
    auto *right = static_cast<Node *>(lsecond(op->args));
    if (find_ordered(root, rti, op->opno, left, right, bound))
        return true;
    const Oid commutator = get_commutator(op->opno);
    return OidIsValid(commutator) && find_ordered(root, rti, commutator, right, left, bound);
}

void narrow(IntervalRange &range, int strategy, Timestamp bound, Timestamp day_start, int interval_count) {
    const int before = begun_before(bound, day_start, interval_count);
    const int at = begun_at(bound, day_start, interval_count);
    switch (strategy) {
    case BTLessStrategyNumber: range.last = std::min(range.last, before); break;
    case BTLessEqualStrategyNumber: range.last = std::min(range.last, at); break;
    case BTEqualStrategyNumber:
        range.first = std::max(range.first, before + 1);
        range.last = std::min(range.last, at);
        break;
    case BTGreaterEqualStrategyNumber: range.first = std::max(range.first, before + 1); break;
    case BTGreaterStrategyNumber: range.first = std::max(range.first, at + 1); break;
    default: elog(ERROR, "a time bound has no strategy %d", strategy);
    }
}

Timestamp bound_timestamp(Datum value, Oid type) {
    if (type != DATEOID)
        return DatumGetTimestamp(value);
    int overflow;
    return date2timestamp_opt_overflow(DatumGetDateADT(value), &overflow);
}

const char *strategy_operator(int strategy) {
    static constexpr const char *kOperators[] = {"", "<", "<=", "=", ">=", ">"};
    static_assert(BTLessStrategyNumber == 1 && BTGreaterStrategyNumber == 5);
    return kOperators[strategy];
}

} // namespace nem12

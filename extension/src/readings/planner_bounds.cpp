// Implied bounds: from what a query asks of meter_readings."timestamp" or "time" follows what it asks of interval_date, and
// only the latter can use an index or prune partitions. The planner cannot know that the function's timestamps lie in its day,
// so this hook tells it, by adding the implied predicates beside the user's own before the planner distributes them. The user's
// predicates stay, so a bound may be loose but never wrong.
//
// For a reading at ts of day d, d <= ts < d + 1 day. Hence, for any x:
//   ts <  x  implies  d <  x          ts >= x  implies  d >= x::date
//   ts <= x  implies  d <= x          ts >  x  implies  d >= x::date
//   ts =  x  implies  d = x::date     ts::date op x  is  d op x
// A timestamptz x depends on the session's zone; one day on either side covers every shift of a clock.
//
// "time" is the instant of "timestamp", which is ten hours ahead of UTC: compared with a timestamptz, it is "timestamp"
// compared with that instant's market time. Where the session's zone comes in, for a date or a timestamp, or for "time"::date,
// the other's midnight is between 6 hours before and 26 after the market's (no zone is 16 hours off): a day before and two
// after cover it.

#include "readings/planner_bounds.hpp"

#include "pg/market_time.hpp"
#include "pg/postgres.hpp"
#include "readings/day_buckets.hpp"
#include "readings/function.hpp"
#include "readings/time_comparison.hpp"

extern "C" {
#include "access/stratnum.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/plancat.h"
#include "utils/fmgroids.h"
}

namespace nem12::readings {
namespace {

get_relation_info_hook_type previous_hook = nullptr;

// The relation whose bounds are wanted, in the query being planned.
struct Target {
    PlannerInfo *root;
    Index rti;
};

// The start of a reading or of a bucket.
bool is_market_time(const Var *var) { return var->varattno == kTimestampColumn || var->varattno == kBucketStart + 1; }
bool is_instant_column(const Var *var) { return var->varattno == kTimeColumn || var->varattno == kBucketStartTime + 1; }

// A column of the readings function over the target, and the target's column it is computed from.
struct ReadingTime {
    const Var *start; // "timestamp" or "time" of the function, or of its buckets; nullptr: not such a column
    const Var *day;   // interval_date

    bool is_instant() const { return is_instant_column(start); }
};

template <class T>
Node *node(T *typed) {
    return reinterpret_cast<Node *>(typed);
}

ReadingTime reading_time(const Target &target, Node *expression) {
    constexpr ReadingTime kNone{nullptr, nullptr};
    if (expression == nullptr || !IsA(expression, Var))
        return kNone;
    const auto *var = reinterpret_cast<Var *>(expression);
    if (var->varlevelsup != 0 || (!is_market_time(var) && !is_instant_column(var)) || pg::var_is_nulled(var))
        return kNone;
    const RangeTblEntry *rte = target.root->simple_rte_array[var->varno];
    const FuncExpr *call = rte == nullptr ? nullptr : day_readings_call(rte);
    if (call == nullptr || !IsA(linitial(call->args), Var))
        return kNone;
    const auto *day = static_cast<Var *>(linitial(call->args));
    const bool of_target = day->varlevelsup == 0 && static_cast<Index>(day->varno) == target.rti && day->vartype == DATEOID;
    return of_target ? ReadingTime{var, day} : kNone;
}

// What may stand in a bound: evaluated once more, it gives the same value, and it does not come from the day itself.
bool can_bound(const Target &target, const ReadingTime &time, Node *other) {
    return is_steady_without(target.root, other, {static_cast<int>(target.rti), static_cast<int>(time.start->varno)});
}

// interval_date <strategy> other, of whatever date or time type `other` has.
Node *day_clause(const Var *day, int strategy, Node *other) {
    const Oid op = get_opfamily_member(datetime_family(), DATEOID, exprType(other), static_cast<int16>(strategy));
    if (!OidIsValid(op))
        return nullptr;
    auto *clause = make_opclause(op, BOOLOID, false, reinterpret_cast<Expr *>(copyObjectImpl(day)),
                                 reinterpret_cast<Expr *>(other), InvalidOid, InvalidOid);
    set_opfuncid(reinterpret_cast<OpExpr *>(clause));
    return node(clause);
}

Node *date_cast(Oid function, Node *argument) {
    return node(makeFuncExpr(function, DATEOID, list_make1(argument), InvalidOid, InvalidOid, COERCE_EXPLICIT_CAST));
}

Node *moved(Node *date, int days) {
    Node *by = node(makeConst(INT4OID, -1, InvalidOid, sizeof(int32), Int32GetDatum(days), false, true));
    return node(makeFuncExpr(F_DATE_PLI, DATEOID, list_make2(date, by), InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL));
}

// The date `other` lies on; where that depends on the zone, `shift` days later.
Node *date_of(Node *other, int shift) {
    other = static_cast<Node *>(copyObjectImpl(other));
    if (exprType(other) == TIMESTAMPOID)
        return date_cast(F_DATE_TIMESTAMP, other);
    if (exprType(other) != TIMESTAMPTZOID)
        return other;
    return moved(date_cast(F_DATE_TIMESTAMPTZ, other), shift);
}

Node *constant(Oid type, Datum value) {
    return node(makeConst(type, -1, InvalidOid, type == DATEOID ? sizeof(DateADT) : sizeof(TimestampTz), value, false, true));
}

// The lesser or the greater of two, so that no arithmetic leaves the range of its type.
Node *extreme_of(MinMaxOp op, Oid type, Node *value, Datum limit) {
    auto *extreme = makeNode(MinMaxExpr);
    extreme->minmaxtype = type;
    extreme->op = op;
    extreme->args = list_make2(value, constant(type, limit));
    extreme->location = -1;
    return node(extreme);
}

// The market time of an instant. What comes after the last day that has readings is moved to its evening.
Node *market_time_of(Node *instant) {
    constexpr Timestamp kLastMidnight = TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE - 2;
    auto *offset = static_cast<Interval *>(palloc0(sizeof(Interval)));
    offset->time = pg::kMarketOffset;
    Node *ahead = node(makeConst(INTERVALOID, -1, InvalidOid, sizeof(Interval), PointerGetDatum(offset), false, false));
    Node *bounded = extreme_of(IS_LEAST, TIMESTAMPTZOID, instant, TimestampTzGetDatum(kLastMidnight * USECS_PER_DAY));
    return node(makeFuncExpr(F_TIMEZONE_INTERVAL_TIMESTAMPTZ, TIMESTAMPOID, list_make2(ahead, bounded), InvalidOid, InvalidOid,
                             COERCE_EXPLICIT_CALL));
}

// A midnight of the session's zone compared with an instant of the day, or the days themselves.
Node *implied_by_zoned_date(const Var *day, int strategy, Node *date) {
    constexpr int kBefore = -1;
    constexpr int kAfter = 2;
    const auto first = static_cast<DateADT>(DATETIME_MIN_JULIAN - POSTGRES_EPOCH_JDATE - kBefore);
    const auto last = static_cast<DateADT>(TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE);
    Node *latest = nullptr;
    Node *earliest = nullptr;
    if (strategy <= BTEqualStrategyNumber)
        latest = day_clause(day, BTLessEqualStrategyNumber,
                            moved(extreme_of(IS_LEAST, DATEOID, date, DateADTGetDatum(last)), kAfter));
    if (strategy >= BTEqualStrategyNumber)
        earliest = day_clause(
            day, BTGreaterEqualStrategyNumber,
            moved(extreme_of(IS_GREATEST, DATEOID, static_cast<Node *>(copyObjectImpl(date)), DateADTGetDatum(first)),
                  kBefore));
    if (latest != nullptr && earliest != nullptr)
        return node(makeBoolExpr(AND_EXPR, list_make2(latest, earliest), -1));
    return latest != nullptr ? latest : earliest;
}

// "timestamp" <strategy> other.
Node *implied_by_timestamp(const Var *day, int strategy, Node *other) {
    const bool zoned = exprType(other) == TIMESTAMPTZOID;
    switch (strategy) {
    case BTLessStrategyNumber:
    case BTLessEqualStrategyNumber:
        if (zoned)
            return day_clause(day, BTLessEqualStrategyNumber, date_of(other, 1));
        return day_clause(day, strategy, static_cast<Node *>(copyObjectImpl(other)));
    case BTGreaterStrategyNumber:
    case BTGreaterEqualStrategyNumber: return day_clause(day, BTGreaterEqualStrategyNumber, date_of(other, -1));
    case BTEqualStrategyNumber:
        if (zoned)
            return node(makeBoolExpr(AND_EXPR,
                                     list_make2(day_clause(day, BTLessEqualStrategyNumber, date_of(other, 1)),
                                                day_clause(day, BTGreaterEqualStrategyNumber, date_of(other, -1))),
                                     -1));
        return day_clause(day, strategy, date_of(other, 0));
    default: return nullptr;
    }
}

// "time" <strategy> other.
Node *implied_by_time(const Var *day, int strategy, Node *other) {
    if (exprType(other) != TIMESTAMPTZOID)
        return implied_by_zoned_date(day, strategy, date_of(other, 0));
    return implied_by_timestamp(day, strategy, market_time_of(static_cast<Node *>(copyObjectImpl(other))));
}

// The x of x::date, where x is a timestamp or a timestamptz.
Node *strip_date_cast(Node *expression) {
    if (!IsA(expression, FuncExpr))
        return nullptr;
    const auto *function = reinterpret_cast<FuncExpr *>(expression);
    const bool is_cast = function->funcid == F_DATE_TIMESTAMP || function->funcid == F_DATE_TIMESTAMPTZ;
    return is_cast ? static_cast<Node *>(linitial(function->args)) : nullptr;
}

Node *implied_by_comparison(const Target &target, const TimeComparison &comparison) {
    Node *right = comparison.right;
    ReadingTime time = reading_time(target, comparison.left);
    if (time.start != nullptr) {
        if (!can_bound(target, time, right))
            return nullptr;
        return time.is_instant() ? implied_by_time(time.day, comparison.strategy, right)
                                 : implied_by_timestamp(time.day, comparison.strategy, right);
    }
    time = reading_time(target, strip_date_cast(comparison.left));
    if (time.start == nullptr || !can_bound(target, time, right))
        return nullptr;
    if (!time.is_instant())
        return day_clause(time.day, comparison.strategy, static_cast<Node *>(copyObjectImpl(right)));
    if (comparison.right_type != DATEOID)
        return nullptr;
    return implied_by_zoned_date(time.day, comparison.strategy, date_of(right, 0));
}

Node *implied_by_operator(const Target &target, const OpExpr *clause) {
    for (const bool commuted : {false, true}) {
        TimeComparison comparison;
        if (!read_time_comparison(clause, commuted, comparison))
            continue;
        if (Node *implied = implied_by_comparison(target, comparison))
            return implied;
    }
    return nullptr;
}

// "timestamp" = ANY (array): interval_date is one of the dates of the array's elements. Or "time", of instants.
Node *implied_by_any(const Target &target, const ScalarArrayOpExpr *clause) {
    const ReadingTime time = reading_time(target, static_cast<Node *>(linitial(clause->args)));
    auto *array = static_cast<Node *>(lsecond(clause->args));
    if (time.start == nullptr || !clause->useOr || !can_bound(target, time, array))
        return nullptr;
    if (exprType(array) != (time.is_instant() ? TIMESTAMPTZARRAYOID : TIMESTAMPARRAYOID))
        return nullptr;
    if (get_op_opfamily_strategy(clause->opno, datetime_family()) != BTEqualStrategyNumber)
        return nullptr;
    auto *element = makeNode(CaseTestExpr);
    element->typeId = time.is_instant() ? TIMESTAMPTZOID : TIMESTAMPOID;
    element->typeMod = -1;
    Node *start = time.is_instant() ? market_time_of(node(element)) : node(element);
    auto *dates = makeNode(ArrayCoerceExpr);
    dates->arg = static_cast<Expr *>(copyObjectImpl(array));
    dates->elemexpr = reinterpret_cast<Expr *>(date_cast(F_DATE_TIMESTAMP, start));
    dates->resulttype = DATEARRAYOID;
    dates->resulttypmod = -1;
    dates->coerceformat = COERCE_EXPLICIT_CAST;
    dates->location = -1;
    auto *implied = makeNode(ScalarArrayOpExpr);
    implied->opno = get_opfamily_member(datetime_family(), DATEOID, DATEOID, BTEqualStrategyNumber);
    implied->opfuncid = get_opcode(implied->opno);
    implied->useOr = true;
    implied->args = list_make2(copyObjectImpl(time.day), dates);
    implied->location = -1;
    return node(implied);
}

// What `qual` says about the target's interval_date whenever it is true; nullptr: nothing.
Node *implied_by(const Target &target, Node *qual) {
    check_stack_depth();
    if (IsA(qual, OpExpr))
        return implied_by_operator(target, reinterpret_cast<OpExpr *>(qual));
    if (IsA(qual, ScalarArrayOpExpr))
        return implied_by_any(target, reinterpret_cast<ScalarArrayOpExpr *>(qual));
    if (!is_andclause(qual) && !is_orclause(qual))
        return nullptr;
    List *implied = NIL;
    ListCell *cell;
    foreach (cell, reinterpret_cast<BoolExpr *>(qual)->args) {
        if (Node *bound = implied_by(target, static_cast<Node *>(lfirst(cell))))
            implied = lappend(implied, bound);
        else if (is_orclause(qual))
            return nullptr; // one arm may hold on any day
    }
    if (list_length(implied) <= 1)
        return implied == NIL ? nullptr : static_cast<Node *>(linitial(implied));
    return node(makeBoolExpr(is_orclause(qual) ? OR_EXPR : AND_EXPR, implied, -1));
}

// `quals` with their implied bounds. Only top-level conjuncts count; a bound that is there already is not added again.
List *with_bounds(const Target &target, List *quals) {
    List *bounds = NIL;
    ListCell *cell;
    foreach (cell, quals) {
        Node *implied = implied_by(target, static_cast<Node *>(lfirst(cell)));
        if (implied == nullptr)
            continue;
        ListCell *bound;
        foreach (bound, make_ands_implicit(reinterpret_cast<Expr *>(eval_const_expressions(target.root, implied))))
            bounds = list_append_unique(bounds, lfirst(bound));
    }
    return list_concat_unique(quals, bounds);
}

void add_bounds(const Target &target, Node *jointree) {
    check_stack_depth();
    if (IsA(jointree, FromExpr)) {
        auto *from = reinterpret_cast<FromExpr *>(jointree);
        ListCell *cell;
        foreach (cell, from->fromlist)
            add_bounds(target, static_cast<Node *>(lfirst(cell)));
        from->quals = node(with_bounds(target, reinterpret_cast<List *>(from->quals)));
    } else if (IsA(jointree, JoinExpr)) {
        auto *join = reinterpret_cast<JoinExpr *>(jointree);
        add_bounds(target, join->larg);
        add_bounds(target, join->rarg);
        if (join->jointype != JOIN_FULL) // which takes none but merge and hash clauses
            join->quals = node(with_bounds(target, reinterpret_cast<List *>(join->quals)));
    }
}

bool reads_function(const PlannerInfo *root) {
    for (int i = 1; i < root->simple_rel_array_size; ++i)
        if (root->simple_rte_array[i] != nullptr && root->simple_rte_array[i]->rtekind == RTE_FUNCTION)
            return true;
    return false;
}

// Runs once for every table of a query, after its clauses were simplified and before they are handed to the tables.
void add_implied_bounds(PlannerInfo *root, Oid relation, bool inherited, RelOptInfo *rel) {
    if (previous_hook != nullptr)
        previous_hook(root, relation, inherited, rel);
    if (rel->reloptkind == RELOPT_BASEREL && reads_function(root))
        add_bounds({root, rel->relid}, node(root->parse->jointree));
}

} // namespace

void install_planner_bounds() {
    previous_hook = get_relation_info_hook;
    get_relation_info_hook = add_implied_bounds;
}

} // namespace nem12::readings

#include "readings/time_bounds.hpp"

#include <algorithm>

#include "pg/market_time.hpp"
#include "readings/function.hpp"

extern "C" {
#include "access/stratnum.h"
}

namespace nem12::readings {
namespace {

bool is_column_of(Index rti, AttrNumber column, const Node *side) {
    if (!IsA(side, Var))
        return false;
    const auto *var = reinterpret_cast<const Var *>(side);
    return var->varlevelsup == 0 && static_cast<Index>(var->varno) == rti && var->varattno == column;
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

bool can_be_time_bound(Index rti, const TimeComparison &comparison) {
    if (comparison.right_type == TIMESTAMPTZOID)
        return is_column_of(rti, kTimeColumn, comparison.left);
    return is_column_of(rti, kTimestampColumn, comparison.left);
}

bool find_time_bound(PlannerInfo *root, Index rti, Expr *clause, TimeBound &bound) {
    if (!IsA(clause, OpExpr))
        return false;
    for (const bool commuted : {false, true}) {
        TimeComparison comparison;
        if (!read_time_comparison(reinterpret_cast<OpExpr *>(clause), commuted, comparison) ||
            !can_be_time_bound(rti, comparison))
            continue;
        // Variables of other relations become parameters of the scan; its own change with every reading.
        if (!is_steady_without(root, comparison.right, {static_cast<int>(rti)}))
            continue;
        bound = {comparison.strategy, reinterpret_cast<Expr *>(comparison.right)};
        return true;
    }
    return false;
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
    if (type == TIMESTAMPTZOID) {
        const TimestampTz instant = DatumGetTimestampTz(value);
        if (TIMESTAMP_NOT_FINITE(instant))
            return instant;
        const Timestamp time = instant + pg::kMarketOffset;
        return IS_VALID_TIMESTAMP(time) ? time : DT_NOEND;
    }
    if (type != DATEOID)
        return DatumGetTimestamp(value);
    int overflow;
    return date2timestamp_opt_overflow(DatumGetDateADT(value), &overflow);
}

const char *bound_column(Oid type) { return type == TIMESTAMPTZOID ? "\"time\"" : "\"timestamp\""; }

const char *strategy_operator(int strategy) {
    static constexpr const char *kOperators[] = {"", "<", "<=", "=", ">=", ">"};
    static_assert(BTLessStrategyNumber == 1 && BTGreaterStrategyNumber == 5);
    return kOperators[strategy];
}

} // namespace nem12::readings

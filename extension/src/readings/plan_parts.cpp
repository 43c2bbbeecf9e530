#include "readings/plan_parts.hpp"

#include "readings/day_buckets.hpp"

extern "C" {
#include "nodes/nodeFuncs.h"
#include "utils/ruleutils.h"
}

namespace nem12::readings {

List *take_time_bounds(PlannerInfo *root, Index rti, List *clauses, PlannedBounds &bounds) {
    List *others = NIL;
    ListCell *cell;
    foreach (cell, clauses) {
        TimeBound bound;
        if (find_time_bound(root, rti, static_cast<Expr *>(lfirst(cell)), bound)) {
            bounds.values = lappend(bounds.values, copyObjectImpl(bound.value));
            bounds.strategies = lappend_int(bounds.strategies, bound.strategy);
        } else {
            others = lappend(others, lfirst(cell));
        }
    }
    return others;
}

std::span<BoundState> init_time_bounds(const PlannedBounds &bounds, PlanState *plan) {
    const auto count = static_cast<size_t>(list_length(bounds.strategies));
    auto *states = static_cast<BoundState *>(palloc(sizeof(BoundState) * count));
    for (size_t i = 0; i < count; ++i) {
        auto *value = static_cast<Expr *>(list_nth(bounds.values, static_cast<int>(i)));
        states[i] = {list_nth_int(bounds.strategies, static_cast<int>(i)), exprType(reinterpret_cast<Node *>(value)),
                     ExecInitExpr(value, plan)};
    }
    return {states, count};
}

void explain_buckets(int minutes, bool by_quality, const char *more, ExplainState *es) {
    const char *length = minutes == kWholeDay ? "day" : psprintf("%d minutes", minutes);
    ExplainPropertyText("Buckets", psprintf("%s%s%s", length, by_quality ? ", quality" : "", more), es);
}

void explain_time_bounds(const PlannedBounds &bounds, Plan *plan, List *ancestors, ExplainState *es) {
    if (bounds.strategies == NIL)
        return;
    List *context = set_deparse_context_plan(es->deparse_cxt, plan, ancestors);
    StringInfoData text;
    initStringInfo(&text);
    for (int i = 0; i < list_length(bounds.strategies); ++i)
        appendStringInfo(&text, "%s(%s %s %s)", i == 0 ? "" : " AND ",
                         bound_column(exprType(static_cast<Node *>(list_nth(bounds.values, i)))),
                         strategy_operator(list_nth_int(bounds.strategies, i)),
                         deparse_expression(static_cast<Node *>(list_nth(bounds.values, i)), context,
                                            list_length(es->rtable) > 1 || es->verbose, false));
    ExplainPropertyText("Time Bounds", text.data, es);
}

} // namespace nem12::readings

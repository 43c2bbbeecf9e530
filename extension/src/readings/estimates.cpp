#include "readings/estimates.hpp"

#include <algorithm>
#include <cmath>

#include "pg/boundary.hpp"
#include "readings/day_buckets.hpp"
#include "readings/function.hpp"
#include "readings/time_bounds.hpp"
#include "readings/tree.hpp"

extern "C" {
#include "access/stratnum.h"
#include "catalog/pg_operator_d.h"
#include "catalog/pg_statistic.h"
#include "nodes/supportnodes.h"
#include "optimizer/optimizer.h"
#include "optimizer/plancat.h"
#include "utils/syscache.h"
}

namespace nem12::readings {
namespace {

constexpr double kUsualIntervals = 288;

// Readings of an average day, by the statistics of the channels' interval lengths.
double intervals_of_a_day(Oid schema) {
    const Oid details = get_relname_relid("nem12_channel_details", schema);
    if (!OidIsValid(details))
        return kUsualIntervals;
    HeapTuple statistics = SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(details),
                                           Int16GetDatum(get_attnum(details, "interval_length")), BoolGetDatum(false));
    if (!HeapTupleIsValid(statistics))
        return kUsualIntervals;
    double channels = 0;
    double intervals = 0;
    AttStatsSlot slot;
    if (get_attstatsslot(&slot, statistics, STATISTIC_KIND_MCV, InvalidOid, ATTSTATSSLOT_VALUES | ATTSTATSSLOT_NUMBERS)) {
        for (int i = 0; i < std::min(slot.nvalues, slot.nnumbers); ++i) {
            const int minutes = DatumGetInt16(slot.values[i]);
            channels += minutes > 0 ? slot.numbers[i] : 0;
            intervals += minutes > 0 ? static_cast<double>(slot.numbers[i]) * mdff::kMinutesPerDay / minutes : 0;
        }
        free_attstatsslot(&slot);
    }
    ReleaseSysCache(statistics);
    return channels > 0 ? intervals / channels : kUsualIntervals;
}

// The part of the days it touches that a constant time range covers.
struct BoundedTime {
    Timestamp from = DT_NOBEGIN;
    Timestamp to = DT_NOEND;

    void narrow(const TimeBound &bound) {
        if (!IsA(bound.value, Const) || reinterpret_cast<const Const *>(bound.value)->constisnull)
            return;
        const auto *constant = reinterpret_cast<const Const *>(bound.value);
        const Timestamp time = bound_timestamp(constant->constvalue, constant->consttype);
        if (bound.strategy >= BTEqualStrategyNumber)
            from = std::max(from, time);
        if (bound.strategy <= BTEqualStrategyNumber)
            to = std::min(to, time);
    }

    double part_of_days() const {
        if (TIMESTAMP_NOT_FINITE(from) || TIMESTAMP_NOT_FINITE(to) || to < from)
            return 1;
        const double first = std::floor(static_cast<double>(from) / USECS_PER_DAY);
        const double end = std::max(std::ceil(static_cast<double>(to) / USECS_PER_DAY), first + 1);
        return static_cast<double>(to - from) / static_cast<double>(USECS_PER_DAY) / (end - first);
    }
};

// Takes time bounds out of `clauses` into `time`; the days say how many they leave, so that nothing is to be guessed twice.
List *without_time_bounds(PlannerInfo *root, Index rti, List *clauses, BoundedTime &time) {
    List *others = NIL;
    ListCell *cell;
    foreach (cell, clauses) {
        auto *clause = static_cast<RestrictInfo *>(lfirst(cell));
        TimeBound bound;
        if (find_time_bound(root, rti, clause->clause, bound)) {
            time.narrow(bound);
            clause->norm_selec = clause->outer_selec = 1;
        } else {
            others = lappend(others, clause);
        }
    }
    return others;
}

double rows_of(PlannerInfo *root, const RelOptInfo *rel, List *clauses, const BoundedTime &time) {
    const Selectivity others = clauselist_selectivity(root, clauses, static_cast<int>(rel->relid), JOIN_INNER, nullptr);
    return clamp_row_est(rel->tuples * others * time.part_of_days());
}

get_relation_info_hook_type previous_hook = nullptr;

// The table of days that a readings function of the query is over; 0: none.
Index days_of_readings(const PlannerInfo *root, Oid &schema) {
    for (int rti = 1; rti < root->simple_rel_array_size; ++rti) {
        const RangeTblEntry *rte = root->simple_rte_array[rti];
        const FuncExpr *call = rte == nullptr || rte->rtekind != RTE_FUNCTION ? nullptr : day_readings_call(rte);
        if (call == nullptr || !IsA(linitial(call->args), Var))
            continue;
        const auto *day = static_cast<const Var *>(linitial(call->args));
        if (day->varlevelsup != 0 || root->simple_rte_array[day->varno] == nullptr ||
            root->simple_rte_array[day->varno]->rtekind != RTE_RELATION)
            continue;
        schema = get_func_namespace(call->funcid);
        return static_cast<Index>(day->varno);
    }
    return 0;
}

// Three columns lead from a day to its details, each of which alone says little: the planner multiplies three unlikely things.
// Loading guarantees what a foreign key would, without its cost; so the planner is told of one that the catalog does not have.
void tell_of_details(PlannerInfo *root, Oid relation, bool inherited, RelOptInfo *rel) {
    if (previous_hook != nullptr)
        previous_hook(root, relation, inherited, rel);
    Oid schema = InvalidOid;
    if (rel->reloptkind != RELOPT_BASEREL || strcmp(get_rel_name(relation), "nem12_channel_details") != 0)
        return;
    const Index days = days_of_readings(root, schema);
    if (days == 0 || get_rel_namespace(relation) != schema)
        return;
    auto *key = makeNode(ForeignKeyOptInfo);
    key->con_relid = days;
    key->ref_relid = rel->relid;
    constexpr const char *kColumns[] = {"nmi", "nmi_suffix", "details_id"};
    for (const char *column : kColumns) {
        key->conkey[key->nkeys] = get_attnum(root->simple_rte_array[days]->relid, column);
        key->confkey[key->nkeys] = get_attnum(relation, column);
        key->conpfeqop[key->nkeys] = key->nkeys < 2 ? TextEqualOperator : Int4EqualOperator;
        if (key->conkey[key->nkeys] <= 0 || key->confkey[key->nkeys] <= 0)
            return;
        ++key->nkeys;
    }
    root->fkey_list = lappend(root->fkey_list, key);
}

} // namespace

void estimate_rows(PlannerInfo *root, RelOptInfo *rel, Path *path) {
    BoundedTime time;
    List *clauses = without_time_bounds(root, rel->relid, rel->baserestrictinfo, time);
    without_time_bounds(root, rel->relid, rel->joininfo, time);
    rel->rows = rows_of(root, rel, clauses, time);
    path->rows = rel->rows;
    if (path->param_info == nullptr)
        return;
    List *parameterized = without_time_bounds(root, rel->relid, path->param_info->ppi_clauses, time);
    path->param_info->ppi_rows = rows_of(root, rel, list_concat_copy(clauses, parameterized), time);
    path->rows = path->param_info->ppi_rows;
}

void install_estimates() {
    previous_hook = get_relation_info_hook;
    get_relation_info_hook = tell_of_details;
}

// How many rows a day gives. It is there also because planning a query calls it, which loads this library and so its planner
// hooks.
NEM12_FUNCTION(nem12_day_readings_support) {
    auto *request = reinterpret_cast<Node *>(PG_GETARG_POINTER(0));
    if (!IsA(request, SupportRequestRows))
        PG_RETURN_POINTER(nullptr);
    auto *rows = reinterpret_cast<SupportRequestRows *>(request);
    if (rows->node == nullptr || !IsA(rows->node, FuncExpr))
        PG_RETURN_POINTER(nullptr);
    const auto *call = reinterpret_cast<const FuncExpr *>(rows->node);
    rows->rows = intervals_of_a_day(get_func_namespace(call->funcid));
    if (is_bucketed(call) && IsA(list_nth(call->args, kReadingsArguments), Const)) {
        const auto *minutes = static_cast<const Const *>(list_nth(call->args, kReadingsArguments));
        rows->rows = std::min(rows->rows, static_cast<double>(kWholeDay) / DatumGetInt32(minutes->constvalue));
    }
    PG_RETURN_POINTER(rows);
}

} // namespace nem12::readings

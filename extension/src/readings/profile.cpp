#include "readings/profile.hpp"

#include <algorithm>

#include "readings/bucket_time.hpp"
#include "readings/day_buckets.hpp"
#include "readings/tree.hpp"

namespace nem12::readings {

bool keeps_days_apart(Node *tree, ProfileUse *use) {
    if (tree == nullptr)
        return false;
    check_stack_depth();
    if (is_hour_of_day(use->rti, tree))
        return false;
    if (const Const *zone = zone_of_local_hour(use->rti, tree)) {
        use->zones = list_append_unique(use->zones, copyObjectImpl(zone));
        return false;
    }
    if (bucket_minutes(use->rti, tree) == kWholeDay) {
        use->day_keys = list_append_unique(use->day_keys, tree);
        return false;
    }
    if (IsA(tree, Var)) {
        const auto *var = reinterpret_cast<const Var *>(tree);
        if (var->varlevelsup != 0 || static_cast<Index>(var->varno) != use->rti)
            return false;
        const int column = var->varattno - 1;
        if (column != kBucketReadings)
            use->depth = std::max(use->depth, kCountAndSum);
        return column != kConsumption && column != kIntervalLength && column != kBucket && column != kBucketReadings;
    }
    if (IsA(tree, Aggref)) {
        const char *name = get_func_name(reinterpret_cast<const Aggref *>(tree)->aggfnoid);
        if (strcmp(name, "nem12_min_buckets") == 0 || strcmp(name, "nem12_max_buckets") == 0)
            use->depth = kAllTotals;
    }
    return expression_tree_walker(tree, pg::tree_walker(keeps_days_apart), use);
}

bool can_add_up_days(PlannerInfo *root, ProfileUse &use) {
    return !keeps_days_apart(node(root->processed_tlist), &use) && !keeps_days_apart(root->parse->havingQual, &use);
}

} // namespace nem12::readings

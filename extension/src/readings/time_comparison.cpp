#include "readings/time_comparison.hpp"

#include <algorithm>

extern "C" {
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/typcache.h"
}

namespace nem12::readings {

Oid datetime_family() { return lookup_type_cache(TIMESTAMPOID, TYPECACHE_BTREE_OPFAMILY)->btree_opf; }

bool read_time_comparison(const OpExpr *clause, bool commuted, TimeComparison &comparison) {
    if (list_length(clause->args) != 2)
        return false;
    const Oid op = commuted ? get_commutator(clause->opno) : clause->opno;
    if (!OidIsValid(op) || !op_in_opfamily(op, datetime_family()))
        return false;
    get_op_opfamily_properties(op, datetime_family(), false, &comparison.strategy, &comparison.left_type,
                               &comparison.right_type);
    comparison.left = static_cast<Node *>(list_nth(clause->args, commuted ? 1 : 0));
    comparison.right = static_cast<Node *>(list_nth(clause->args, commuted ? 0 : 1));
    return true;
}

bool is_steady_without(PlannerInfo *root, Node *value, std::initializer_list<int> relations) {
    if (contain_volatile_functions(value) || contain_subplans(value))
        return false;
    const Relids used = pull_varnos(root, value);
    return std::none_of(relations.begin(), relations.end(), [used](int relation) { return bms_is_member(relation, used); });
}

} // namespace nem12::readings

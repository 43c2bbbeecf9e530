#include "readings/tree.hpp"

#include "readings/day_readings.hpp"

namespace nem12::readings {
namespace {

struct Search {
    Index rti;
    int depth;
};

bool find_use(Node *tree, Search *search) {
    if (tree == nullptr)
        return false;
    check_stack_depth();
    if (IsA(tree, Var)) {
        const auto *var = reinterpret_cast<const Var *>(tree);
        return static_cast<Index>(var->varno) == search->rti && static_cast<int>(var->varlevelsup) == search->depth;
    }
    if (IsA(tree, Query)) {
        ++search->depth;
        const bool found = query_tree_walker(reinterpret_cast<Query *>(tree), pg::tree_walker(find_use), search, 0);
        --search->depth;
        return found;
    }
    return expression_tree_walker(tree, pg::tree_walker(find_use), search);
}

} // namespace

bool uses_relation(Node *tree, Index rti, int depth) {
    Search search{rti, depth};
    return find_use(tree, &search);
}

bool tells_readings_apart(Index rti, const void *expression) {
    const auto *column = static_cast<const Node *>(expression);
    return is_column(rti, column, kTimestamp) || is_column(rti, column, kTime);
}

bool is_in_jointree(const Node *jointree, Index rti) {
    check_stack_depth();
    if (IsA(jointree, RangeTblRef))
        return static_cast<Index>(reinterpret_cast<const RangeTblRef *>(jointree)->rtindex) == rti;
    if (IsA(jointree, JoinExpr)) {
        const auto *join = reinterpret_cast<const JoinExpr *>(jointree);
        return is_in_jointree(join->larg, rti) || is_in_jointree(join->rarg, rti);
    }
    ListCell *cell;
    foreach (cell, reinterpret_cast<const FromExpr *>(jointree)->fromlist)
        if (is_in_jointree(static_cast<const Node *>(lfirst(cell)), rti))
            return true;
    return false;
}

} // namespace nem12::readings

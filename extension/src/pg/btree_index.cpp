#include "pg/btree_index.hpp"

#include <algorithm>

extern "C" {
#include "access/genam.h"
#include "catalog/pg_am_d.h"
#include "utils/rel.h"
#include "utils/relcache.h"
}

namespace nem12::pg {

Relation open_btree(Relation table, std::span<const AttrNumber> columns) {
    const auto size = static_cast<int>(columns.size());
    ListCell *cell;
    foreach (cell, RelationGetIndexList(table)) {
        Relation index = index_open(lfirst_oid(cell), AccessShareLock);
        const Form_pg_index form = index->rd_index;
        const bool is_usable =
            index->rd_rel->relam == BTREE_AM_OID && form->indisvalid && !form->indcheckxmin && form->indnkeyatts >= size &&
            std::equal(columns.begin(), columns.end(), form->indkey.values) &&
            std::all_of(index->rd_indoption, index->rd_indoption + size, [](int16 option) { return option == 0; }) &&
            RelationGetIndexPredicate(index) == NIL;
        if (is_usable)
            return index;
        index_close(index, AccessShareLock);
    }
    return nullptr;
}

} // namespace nem12::pg

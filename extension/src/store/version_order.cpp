#include "store/version_order.hpp"

#include "mdff/without.hpp"
#include "pg/boundary.hpp"
#include "pg/text.hpp"

namespace nem12::store {
namespace {

// Five arguments, from `first` on.
VersionStamp version_at(FunctionCallInfo fcinfo, int first) {
    VersionStamp version;
    version.updated = PG_ARGISNULL(first) ? DT_NOBEGIN : PG_GETARG_TIMESTAMP(first);
    version.created = PG_ARGISNULL(first + 1) ? DT_NOBEGIN : PG_GETARG_TIMESTAMP(first + 1);
    version.sha256 = PG_ARGISNULL(first + 2) ? std::string_view{} : pg::view_of(PG_GETARG_BYTEA_PP(first + 2));
    version.line = PG_ARGISNULL(first + 3) ? 0 : PG_GETARG_INT32(first + 3);
    version.file_id = PG_ARGISNULL(first + 4) ? 0 : PG_GETARG_INT64(first + 4);
    return version;
}

} // namespace

std::strong_ordering compare(const VersionStamp &a, const VersionStamp &b, bool updates_first) {
    const auto by_update = a.updated <=> b.updated;
    if (updates_first && by_update != 0)
        return by_update;
    if (const auto by_creation = a.created <=> b.created; by_creation != 0 && !NEM12_WITHOUT(version_comparison))
        return by_creation;
    if (by_update != 0)
        return by_update;
    if (const auto by_hash = a.sha256 <=> b.sha256; by_hash != 0)
        return by_hash;
    if (const auto by_line = a.line <=> b.line; by_line != 0)
        return by_line;
    return a.file_id <=> b.file_id;
}

// (updates_first, then of the one and of the other version: update_datetime, file_creation_date, sha256, line_no, file_id)
NEM12_FUNCTION(nem12_is_newer) {
    constexpr int kColumns = 5;
    const bool updates_first = !PG_ARGISNULL(0) && PG_GETARG_BOOL(0);
    PG_RETURN_BOOL(compare(version_at(fcinfo, 1), version_at(fcinfo, 1 + kColumns), updates_first) > 0);
}

} // namespace nem12::store

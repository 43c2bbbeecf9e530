// nem12_nmi_checksum, nem12_nmi_is_valid.

#include "mdff/nmi.hpp"

#include "pg/boundary.hpp"
#include "pg/text.hpp"

namespace nem12::format {
namespace {

constexpr size_t kNmiLength = 10;

} // namespace

NEM12_FUNCTION(nem12_nmi_checksum) {
    const std::string_view nmi = pg::view_of(PG_GETARG_TEXT_PP(0));
    const int check_digit = mdff::nmi_checksum(nmi);
    if (check_digit < 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("an NMI has 10 characters, not %zu", nmi.size())));
    PG_RETURN_INT32(check_digit);
}

NEM12_FUNCTION(nem12_nmi_is_valid) {
    std::string_view nmi = pg::view_of(PG_GETARG_TEXT_PP(0));
    if (nmi.size() == kNmiLength + 1) {
        const char check_digit = nmi.back();
        nmi.remove_suffix(1);
        if (check_digit != '0' + mdff::nmi_checksum(nmi))
            PG_RETURN_BOOL(false);
    }
    PG_RETURN_BOOL(mdff::nmi_is_valid(nmi));
}

} // namespace nem12::format

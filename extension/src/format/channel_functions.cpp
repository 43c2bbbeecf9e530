// nem12_uom, nem12_flow: what a 200 record says of its channel, in the market's words.

#include "mdff/code_tables.hpp"

#include "pg/boundary.hpp"
#include "pg/text.hpp"

namespace nem12::format {

NEM12_FUNCTION(nem12_uom) {
    text *written = PG_GETARG_TEXT_PP(0);
    const std::string_view view = pg::view_of(written);
    const mdff::Uom *uom = mdff::find_uom(view);
    if (uom == nullptr || uom->name == view)
        PG_RETURN_TEXT_P(written);
    PG_RETURN_TEXT_P(pg::to_text(uom->name));
}

NEM12_FUNCTION(nem12_flow) {
    const std::string_view flow = mdff::suffix_flow(pg::view_of(PG_GETARG_TEXT_PP(0)));
    if (flow.empty())
        PG_RETURN_NULL();
    PG_RETURN_TEXT_P(pg::to_text(flow));
}

} // namespace nem12::format

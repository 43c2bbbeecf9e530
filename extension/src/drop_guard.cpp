// DROP EXTENSION nem12 without CASCADE refuses while readings are stored. The tables belong to the extension, so PostgreSQL
// itself would drop them without a word.

#include "pg/boundary.hpp"

extern "C" {
#include "commands/event_trigger.h"
#include "commands/extension.h"
#include "nodes/parsenodes.h"
}

namespace {

bool drops_extension(const DropStmt *drop, const char *name) {
    for (int i = 0; i < list_length(drop->objects); ++i)
        if (strcmp(strVal(list_nth(drop->objects, i)), name) == 0)
            return true;
    return false;
}

// The caller's search_path is pinned to the extension's schema by CREATE FUNCTION.
bool has_readings() {
    SPI_connect();
    const int result =
        SPI_execute("SELECT EXISTS (SELECT FROM nem12_interval_days) OR EXISTS (SELECT FROM nem12_staging_days)"
                    " OR EXISTS (SELECT FROM nem12_accumulation_reads) OR EXISTS (SELECT FROM nem12_staging_reads)",
                    true, 1);
    bool is_null = true;
    const bool found = result == SPI_OK_SELECT && SPI_processed == 1 &&
                       DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &is_null));
    SPI_finish();
    return found;
}

} // namespace

NEM12_FUNCTION(nem12_guard_drop) {
    if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
        ereport(ERROR,
                (errcode(ERRCODE_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED), errmsg("nem12_guard_drop() is an event trigger")));
    const auto *data = reinterpret_cast<const EventTriggerData *>(fcinfo->context);
    if (!IsA(data->parsetree, DropStmt))
        PG_RETURN_NULL();
    const auto *drop = reinterpret_cast<const DropStmt *>(data->parsetree);
    if (drop->removeType == OBJECT_EXTENSION && drop->behavior == DROP_RESTRICT && drops_extension(drop, "nem12") &&
        has_readings())
        ereport(ERROR, (errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
                        errmsg("cannot drop extension nem12 because readings are stored"),
                        errhint("Use DROP EXTENSION nem12 CASCADE to drop the extension and its readings.")));
    PG_RETURN_NULL();
}

// DROP EXTENSION nem12 without CASCADE refuses while readings are stored. The tables belong to the extension, so PostgreSQL
// itself would drop them without a word.

#include "pg/boundary.hpp"

extern "C" {
#include "commands/event_trigger.h"
#include "commands/extension.h"
#include "nodes/parsenodes.h"
}

namespace nem12::store {
namespace {

bool drops_extension(const DropStmt *drop, const char *name) {
    for (int i = 0; i < list_length(drop->objects); ++i)
        if (strcmp(strVal(list_nth(drop->objects, i)), name) == 0)
            return true;
    return false;
}

// `schema` is the extension's.
bool has_readings(Oid schema) {
    SPI_connect();
    const char *home = quote_identifier(get_namespace_name(schema));
    const char *sql =
        psprintf("SELECT EXISTS (SELECT FROM %1$s.nem12_interval_days) OR EXISTS (SELECT FROM %1$s.nem12_staging_days)"
                 " OR EXISTS (SELECT FROM %1$s.nem12_accumulation_reads) OR EXISTS (SELECT FROM %1$s.nem12_staging_reads)",
                 home);
    const int result = SPI_execute(sql, true, 1);
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
        has_readings(get_func_namespace(fcinfo->flinfo->fn_oid)))
        ereport(ERROR, (errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
                        errmsg("cannot drop extension nem12 because readings are stored"),
                        errhint("Use DROP EXTENSION nem12 CASCADE to drop the extension and its readings.")));
    PG_RETURN_NULL();
}

} // namespace nem12::store

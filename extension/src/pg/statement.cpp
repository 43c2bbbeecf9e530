#include "pg/statement.hpp"

extern "C" {
#include "lib/stringinfo.h"
}

namespace nem12::pg {
namespace {

Oid home_schema = InvalidOid;

const char *list_of(std::span<const Column> columns) {
    StringInfoData list;
    initStringInfo(&list);
    for (const Column &column : columns)
        appendStringInfo(&list, "%s%s", list.len == 0 ? "" : ", ", quote_identifier(column.name));
    return list.data;
}

void prepare(Statement &statement) {
    const char *schema = get_namespace_name(home_schema);
    if (schema == nullptr)
        elog(ERROR, "nem12: the schema of the extension is gone");
    const char *sql = psprintf(statement.sql, quote_identifier(schema), list_of(statement.columns));
    SPIPlanPtr plan = SPI_prepare(sql, statement.argument_count, statement.types);
    if (plan == nullptr || SPI_keepplan(plan) != 0)
        elog(ERROR, "nem12: cannot prepare \"%s\": %s", sql, SPI_result_code_string(SPI_result));
    if (statement.plan != nullptr)
        SPI_freeplan(statement.plan);
    statement.plan = plan;
    statement.home = home_schema;
}

} // namespace

void set_home(Oid schema) { home_schema = schema; }

Oid home() { return home_schema; }

int64 run(Statement &statement, Arguments &arguments) {
    if (statement.plan == nullptr || statement.home != home_schema)
        prepare(statement);
    const int result = SPI_execute_plan(statement.plan, arguments.values(), arguments.nulls(), false, 0);
    if (result < 0)
        elog(ERROR, "nem12: \"%s\" gave %s", statement.sql, SPI_result_code_string(result));
    return static_cast<int64>(SPI_processed);
}

int64 run(Statement &statement) {
    Arguments none;
    return run(statement, none);
}

void run_for_row(Statement &statement, Arguments &arguments) {
    if (run(statement, arguments) != 1 || SPI_tuptable == nullptr)
        elog(ERROR, "nem12: \"%s\" did not give one row", statement.sql);
}

Datum column(int number, bool *is_null, int64 row) {
    bool ignored;
    return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, number, is_null != nullptr ? is_null : &ignored);
}

void finish() {
    SPI_freetuptable(SPI_tuptable);
    SPI_tuptable = nullptr;
}

} // namespace nem12::pg

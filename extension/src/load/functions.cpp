// nem12_load and the stream: arguments in, one row out.

#include "load/sql.hpp"
#include "load/stream.hpp"
#include "pg/boundary.hpp"
#include "pg/errors.hpp"
#include "pg/statement.hpp"
#include "pg/text.hpp"

extern "C" {
#include "common/cryptohash.h"
#include "common/sha2.h"
}

namespace nem12::load {
namespace {

bool skips_invalid(FunctionCallInfo fcinfo, int argument) {
    const std::string_view name = PG_ARGISNULL(argument) ? "reject" : pg::view_of(PG_GETARG_TEXT_PP(argument));
    if (name != "reject" && name != "skip")
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unknown on_invalid \"%s\"", pg::to_cstring(name)),
                        errhint("It is \"reject\" or \"skip\".")));
    return name == "skip";
}

// The extension is where its functions are; no name is looked for along a search_path.
Oid find_home(FunctionCallInfo fcinfo) {
    const Oid schema = get_func_namespace(fcinfo->flinfo->fn_oid);
    pg::set_home(schema);
    return schema;
}

text *text_or_null(FunctionCallInfo fcinfo, int argument) {
    return PG_ARGISNULL(argument) ? nullptr : PG_GETARG_TEXT_PP(argument);
}

LoadOptions options_of(FunctionCallInfo fcinfo, int file_name, int on_invalid, int dialect) {
    LoadOptions options{};
    options.file_name = text_or_null(fcinfo, file_name);
    options.skip_invalid = skips_invalid(fcinfo, on_invalid);
    options.dialect = PG_ARGISNULL(dialect) ? mdff::Dialect::kStrict : pg::dialect_from_text(PG_GETARG_TEXT_PP(dialect));
    options.details_table = get_relname_relid("nem12_channel_details", find_home(fcinfo));
    return options;
}

void require_content(FunctionCallInfo fcinfo) {
    if (PG_ARGISNULL(0))
        ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("content must not be NULL")));
}

bytea *sha256_of(std::string_view bytes) {
    auto *digest = static_cast<bytea *>(palloc(VARHDRSZ + PG_SHA256_DIGEST_LENGTH));
    SET_VARSIZE(digest, VARHDRSZ + PG_SHA256_DIGEST_LENGTH);
    pg_cryptohash_ctx *hash = pg_cryptohash_create(PG_SHA256);
    bool is_good = hash != nullptr && pg_cryptohash_init(hash) == 0;
    constexpr size_t kSlice = 4 << 20;
    for (; is_good && !bytes.empty(); bytes.remove_prefix(Min(kSlice, bytes.size()))) {
        CHECK_FOR_INTERRUPTS();
        is_good = pg_cryptohash_update(hash, reinterpret_cast<const uint8 *>(bytes.data()), Min(kSlice, bytes.size())) == 0;
    }
    if (!is_good || pg_cryptohash_final(hash, reinterpret_cast<uint8 *>(VARDATA(digest)), PG_SHA256_DIGEST_LENGTH) < 0)
        elog(ERROR, "nem12: SHA-256: %s", pg_cryptohash_error(hash));
    pg_cryptohash_free(hash);
    return digest;
}

Datum row_of(FunctionCallInfo fcinfo, const LoadResult &result) {
    TupleDesc columns;
    if (get_call_result_type(fcinfo, nullptr, &columns) != TYPEFUNC_COMPOSITE)
        elog(ERROR, "nem12: the result is not a row");
    Datum values[7] = {Int64GetDatum(result.file_id),
                       CStringGetTextDatum(result.already_loaded ? "already_loaded" : "loaded"),
                       Int64GetDatum(result.totals.days_inserted),
                       Int64GetDatum(result.totals.days_staged),
                       Int64GetDatum(result.totals.readings),
                       Int64GetDatum(result.totals.accumulation_reads),
                       Int64GetDatum(result.totals.skipped_records)};
    bool nulls[7] = {};
    return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(columns), values, nulls));
}

} // namespace
NEM12_FUNCTION(nem12_load) {
    require_content(fcinfo);
    require_no_load();
    const std::string_view content = pg::view_of(PG_GETARG_BYTEA_PP(0));
    LoadOptions options = options_of(fcinfo, 1, 2, 3);
    options.sha256 = sha256_of(content);
    options.sha256_is_computed = true;
    SPI_connect();
    begin_load(options);
    load_bytes(content);
    const LoadResult result = end_load();
    SPI_finish();
    return row_of(fcinfo, result);
}

NEM12_FUNCTION(nem12_load_begin) {
    LoadOptions options = options_of(fcinfo, 0, 1, 2);
    options.message_id = text_or_null(fcinfo, 4);
    options.transaction_id = text_or_null(fcinfo, 5);
    if (!PG_ARGISNULL(3)) {
        options.sha256 = PG_GETARG_BYTEA_P(3);
        if (VARSIZE(options.sha256) != VARHDRSZ + PG_SHA256_DIGEST_LENGTH)
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("a SHA-256 has 32 bytes")));
    }
    SPI_connect();
    const bool already_loaded = begin_load(options);
    SPI_finish();
    return CStringGetTextDatum(already_loaded ? "already_loaded" : "loading");
}

NEM12_FUNCTION(nem12_load_chunk) {
    find_home(fcinfo);
    require_content(fcinfo);
    require_load();
    const std::string_view content = pg::view_of(PG_GETARG_BYTEA_PP(0));
    SPI_connect();
    load_bytes(content);
    SPI_finish();
    PG_RETURN_VOID();
}

NEM12_FUNCTION(nem12_load_end) {
    find_home(fcinfo);
    SPI_connect();
    const LoadResult result = end_load();
    SPI_finish();
    return row_of(fcinfo, result);
}

} // namespace nem12::load

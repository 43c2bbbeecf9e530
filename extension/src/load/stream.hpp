#pragma once
// The load a session is doing. There is at most one; it lives in the transaction and is gone with it, and with the
// savepoint that saw its last step.

#include <string_view>

#include "load/batch.hpp"
#include "load/sql.hpp"
#include "mdff/parser.hpp"
#include "pg/postgres.hpp"

struct pg_cryptohash_ctx;

namespace nem12::load {

struct LoadOptions {
    text *file_name; // nullptr: none
    bool skip_invalid;
    mdff::Dialect dialect;
    bytea *sha256;           // nullptr: not known
    bool sha256_is_computed; // from the very bytes that will come: no need to do it again
    Oid details_table;
    text *message_id, *transaction_id; // of the aseXML message it came in; nullptr: in none, or without
};

struct LoadResult {
    int64 file_id;
    bool already_loaded;
    FileTotals totals; // all zero when already loaded
};

// Each runs connected to SPI. Errors leave no stream behind.
bool begin_load(const LoadOptions &options); // true: known content, nothing will be read
void load_bytes(std::string_view bytes);     // cut anywhere
LoadResult end_load();

// ERROR unless a stream is open / when one is.
void require_load();
void require_no_load();

} // namespace nem12::load

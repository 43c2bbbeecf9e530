#pragma once
// What a load asks the database to do. Callers are connected to SPI (pg/statement.hpp).

#include "load/batch.hpp"
#include "load/nmis.hpp"
#include "mdff/finding.hpp"
#include "pg/postgres.hpp"

namespace nem12::load {

struct FileTotals {
    int64 days_inserted, days_staged, readings, accumulation_reads, skipped_records;
};

// What the ledger will say of a file. Times are DT_NOBEGIN when absent.
struct FileFacts {
    int64 file_id;
    bytea *sha256;
    text *file_name; // nullptr: none
    const char *version;
    Timestamp created;
    text *from_participant, *to_participant;
    const char *dialect;
    int64 bytes;
    const NmiList *inserted_nmis; // of the days that went in, if any did, and between which dates they are
    DateADT first_inserted, last_inserted;
    text *message_id, *transaction_id; // nullptr: none
};

struct Stored {
    int64 inserted, staged;
};

// Waits for other loads of the same content, then looks in the ledger. True: already loaded, file_id is that file's;
// false: file_id is a new number. `sha256` may be nullptr: just a number.
bool run_begin_file(bytea *sha256, int64 &file_id);

// Writes the ledger row. True: the content turned out to be loaded already, this load was undone, file_id is that file's.
bool run_finish_file(const FileFacts &facts, const FileTotals &totals, int64 &file_id);

void run_prepare_month(DateADT any_day);

// Stores the channels of the batch; `taken` gets the positions of those whose details_id other content has.
int run_store_details(const Batch &batch, int32 *&taken);

// What is stored already goes to staging, and so does, with its SQLSTATE and a row in nem12_errors, what cannot be stored.
Stored store_days(const Batch &batch, int64 file_id, text *file_name);
Stored store_reads(const Batch &batch, int64 file_id, text *file_name);
int64 store_b2bs(const Batch &batch); // how many

// Of which file a finding is logged. Pointers may be nullptr: not known.
struct LoggedFile {
    text *name;
    bytea *sha256;
    int64 file_id;
    text *from_participant, *to_participant;
};

void run_log_finding(const mdff::Finding &finding, const LoggedFile &file);

// What is not said of each line any more, since there are too many: `count` errors from first_line to last_line.
void run_log_cut(int64 count, int64 first_line, int64 last_line, const LoggedFile &file);

} // namespace nem12::load

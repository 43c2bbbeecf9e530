#include "load/stream.hpp"

extern "C" {
#include "common/cryptohash.h"
#include "common/sha2.h"
#include "utils/resowner.h"
}

#include <algorithm>

#include "format/new_parser.hpp"
#include "guc.hpp"
#include "load/details.hpp"
#include "load/nmis.hpp"
#include "mdff/without.hpp"
#include "pg/errors.hpp"
#include "pg/market_time.hpp"
#include "pg/text.hpp"

namespace nem12::load {
namespace {

constexpr int kFirstMonth = 1900 * 12; // the format's rules are narrower (interval_date_range)
constexpr int kMonths = 300 * 12;
constexpr int64 kMaxLoggedFindings = 10000; // of one file; further ones are only counted

struct LoadStream {
    MemoryContext context;
    SubTransactionId last_step; // the subtransaction that saw the stream's last step
    bool in_step;               // it is not over: what calls now is a trigger, say, on a table that the step writes to
    bool already_loaded;
    bool skip_invalid;
    mdff::Dialect dialect;
    text *file_name, *message_id, *transaction_id; // nullptr: none
    bytea *sha256;                                 // from the caller, or nullptr
    pg_cryptohash_ctx *hash;                       // nullptr: sha256 needs no check
    int64 file_id;
    mdff::Parser *parser;
    Batch batch;
    FileTotals totals;
    NmiList inserted_nmis; // of the batches that days went in from, and their dates
    DateADT first_inserted, last_inserted;
    int64 reads_stored, b2bs_stored;
    int64 logged_findings;
    int64 first_cut_line, last_cut_line; // of the findings that were too many to be logged
    bool is_logged[256];                 // by mdff::Rule: deviations that the tolerant dialect takes
    bool has_error;
    mdff::Finding first_error; // its text lies in first_error_text
    char first_error_text[mdff::kMaxFindingText];
    bool has_header;
    mdff::Version mdff_version;
    mdff::DateTime created; // of the oldest block; none when any block's is unknown
    text *from_participant, *to_participant;
    uint8 month_is_ready[kMonths];
};

LoadStream *stream = nullptr;

void drop_stream() {
    LoadStream *dropped = stream;
    stream = nullptr; // first: whatever happens below, nobody sees it again
    if (dropped == nullptr)
        return;
    if (dropped->hash != nullptr)
        pg_cryptohash_free(dropped->hash);
    MemoryContextDelete(dropped->context);
}

extern "C" void on_transaction_end(XactEvent event, void *) {
    switch (event) {
    case XACT_EVENT_PRE_COMMIT:
    case XACT_EVENT_PRE_PREPARE:
        if (stream != nullptr && !stream->already_loaded)
            ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("a load was begun and not ended"),
                            errhint("Call nem12_load_end() before COMMIT.")));
        drop_stream();
        break;
    case XACT_EVENT_ABORT:
    case XACT_EVENT_PARALLEL_ABORT:
        drop_stream();
        forget_details();
        break;
    case XACT_EVENT_PREPARE:
        forget_details(); // ROLLBACK PREPARED may take the rows away later, unseen
        break;
    default: break;
    }
}

extern "C" void on_subtransaction_end(SubXactEvent event, SubTransactionId self, SubTransactionId parent, void *) {
    if (event == SUBXACT_EVENT_ABORT_SUB) {
        forget_details();
        if (stream != nullptr && stream->last_step == self)
            drop_stream();
    } else if (event == SUBXACT_EVENT_COMMIT_SUB) {
        if (stream != nullptr && stream->last_step == self)
            stream->last_step = parent;
    }
}

void register_callbacks() {
    static bool is_registered = false;
    if (is_registered)
        return;
    RegisterXactCallback(on_transaction_end, nullptr);
    RegisterSubXactCallback(on_subtransaction_end, nullptr);
    is_registered = true;
}

// The hash outlives the statement, so it must belong to the transaction: with OpenSSL by its resource owner, without, where it
// is palloc'd, by its memory.
pg_cryptohash_ctx *new_hash(MemoryContext context) {
    const ResourceOwner owner = CurrentResourceOwner;
    const MemoryContext caller = MemoryContextSwitchTo(context);
    CurrentResourceOwner = TopTransactionResourceOwner;
    pg_cryptohash_ctx *hash = pg_cryptohash_create(PG_SHA256);
    CurrentResourceOwner = owner;
    MemoryContextSwitchTo(caller);
    return hash;
}

int64 total(const Stored &stored) { return stored.inserted + stored.staged; }

void prepare_months() {
    const Batch &batch = stream->batch;
    for (int i = 0; i < batch.day_count(); ++i) {
        const BatchDay &day = batch.days()[i];
        const int month = day.month - kFirstMonth;
        if (month < 0 || month >= kMonths)
            ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
                            errmsg("line %d: no readings can be stored for this month", day.line)));
        if (!stream->month_is_ready[month]) {
            run_prepare_month(day.date);
            stream->month_is_ready[month] = 1;
        }
    }
}

// Some of the batch's days went in. Which of them did is not asked: their rows say of which file they are.
void note_inserted(const Batch &batch, DateADT first, DateADT last) {
    const bool is_first = stream->totals.days_inserted == 0;
    stream->first_inserted = is_first ? first : Min(stream->first_inserted, first);
    stream->last_inserted = is_first ? last : Max(stream->last_inserted, last);
    const MemoryContext caller = MemoryContextSwitchTo(stream->context);
    const BatchChannel *channel = nullptr;
    for (int i = 0; i < batch.day_count(); ++i) {
        if (batch.days()[i].channel != channel)
            stream->inserted_nmis.add(pg::view_of(batch.days()[i].channel->nmi));
        channel = batch.days()[i].channel;
    }
    MemoryContextSwitchTo(caller);
}

void store_batch() {
    CHECK_FOR_INTERRUPTS();
    Batch &batch = stream->batch;
    if (batch.is_empty())
        return;
    batch.close();
    if (batch.day_count() > 0) {
        prepare_months();
        store_details(batch);
        DateADT first = batch.days()[0].date;
        DateADT last = first;
        for (int i = 1; i < batch.day_count(); ++i) {
            first = Min(first, batch.days()[i].date);
            last = Max(last, batch.days()[i].date);
        }
        const Stored stored = store_days(batch, stream->file_id, stream->file_name);
        if (stored.inserted > 0)
            note_inserted(batch, first, last);
        stream->totals.days_inserted += stored.inserted;
        stream->totals.days_staged += stored.staged;
    }
    if (batch.read_count() > 0)
        stream->reads_stored += total(store_reads(batch, stream->file_id, stream->file_name));
    if (batch.b2b_count() > 0)
        stream->b2bs_stored += store_b2bs(batch);
    batch.reset();
}

void take_header(const mdff::Header &header) {
    const MemoryContext caller = MemoryContextSwitchTo(stream->context);
    if (!stream->has_header) {
        stream->has_header = true;
        stream->mdff_version = header.version;
        stream->created = header.created;
        stream->from_participant = pg::to_text(header.from_participant);
        stream->to_participant = pg::to_text(header.to_participant);
    } else { // a day must not beat one that is newer than its own block
        stream->created = std::min(stream->created, header.created);
    }
    MemoryContextSwitchTo(caller);
}

LoggedFile logged_file() {
    return {stream->file_name, stream->sha256, stream->file_id, stream->from_participant, stream->to_participant};
}

void log_finding(const mdff::Finding &finding) {
    if (stream->logged_findings++ < kMaxLoggedFindings)
        return run_log_finding(finding, logged_file());
    const auto line = static_cast<int64>(finding.line);
    if (stream->first_cut_line == 0)
        stream->first_cut_line = line;
    stream->last_cut_line = line;
}

// What the tolerant dialect takes though the format has it otherwise: once for each rule, and each record that is left out.
void take_warning(const mdff::Finding &finding) {
    bool &is_logged = stream->is_logged[static_cast<int>(finding.rule)];
    const bool is_deviation = mdff::severity_of(finding.rule, mdff::Dialect::kStrict) == mdff::Severity::kError;
    if (!is_deviation || (is_logged && finding.rule != mdff::Rule::kUnknownRecord))
        return;
    is_logged = true;
    log_finding(finding);
}

void take_finding(const mdff::Finding &finding) {
    if (finding.severity != mdff::Severity::kError)
        return take_warning(finding);
    if (!stream->skip_invalid || mdff::rule_info(finding.rule).scope == mdff::Scope::kFile)
        pg::report_finding(finding);
    if (!stream->has_error) {
        stream->has_error = true;
        stream->first_error = finding;
        const size_t size = finding.text.copy(stream->first_error_text, sizeof stream->first_error_text);
        stream->first_error.text = {stream->first_error_text, size};
    }
    log_finding(finding);
}

void take_event(mdff::Event event) {
    const mdff::Parser &parser = *stream->parser;
    if (stream->batch.is_due(event))
        store_batch();
    if (event == mdff::Event::kFinding)
        take_finding(parser.finding());
    else if (event == mdff::Event::kHeader)
        take_header(parser.header());
    else
        stream->batch.take(event, parser, stream->file_id);
}

void take_events(mdff::Event last) {
    for (mdff::Event event = stream->parser->next(); event != last; event = stream->parser->next())
        take_event(event);
}

[[noreturn]] void report_stream(const char *code, const char *message, const char *hint) {
    ereport(ERROR,
            (errcode(pg::sqlstate_from_text(mdff::sqlstate_of(mdff::RuleFamily::kStructure).data())), errmsg("%s", message),
             errdetail_internal("{\"line\": null, \"record\": null, \"field\": null, \"code\": \"%s\"}", code),
             errhint("%s", hint)));
}

// The law of conservation: every record that the parser handed out is stored or staged, every other one has a finding on its
// line. A difference is an error of this program, so nothing of the file is kept.
void check_conservation(const mdff::ParserCounts &counts) {
    const struct {
        const char *record;
        uint64 parsed;
        int64 kept;
    } sums[] = {
        {"300", counts.days, stream->totals.days_inserted + stream->totals.days_staged},
        {"400", counts.events, stream->batch.events_taken()},
        {"500", counts.b2b_details, stream->b2bs_stored},
        {"250", counts.accumulation_reads, stream->reads_stored},
        {"550", counts.accumulation_b2b, stream->batch.read_b2bs_completed()},
    };
    for (const auto &sum : sums) {
        if (sum.parsed != static_cast<uint64>(sum.kept))
            ereport(ERROR,
                    (errcode(ERRCODE_INTERNAL_ERROR),
                     errmsg(UINT64_FORMAT " %s records were read and " INT64_FORMAT " stored or staged", sum.parsed, sum.record,
                            sum.kept),
                     errhint("Nothing of the file is loaded. Does a trigger or rule of yours drop rows? Else please report "
                             "it with the file.")));
    }
    if (!counts.add_up())
        ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("the records of the file do not add up"),
                        errhint("Nothing of the file is loaded. Please report it with the file.")));
}

bytea *final_sha256() {
    if (stream->hash == nullptr)
        return stream->sha256;
    auto *computed = static_cast<bytea *>(palloc(VARHDRSZ + PG_SHA256_DIGEST_LENGTH));
    SET_VARSIZE(computed, VARHDRSZ + PG_SHA256_DIGEST_LENGTH);
    if (pg_cryptohash_final(stream->hash, reinterpret_cast<uint8 *>(VARDATA(computed)), PG_SHA256_DIGEST_LENGTH) < 0)
        elog(ERROR, "nem12: SHA-256: %s", pg_cryptohash_error(stream->hash));
    if (stream->sha256 != nullptr && memcmp(VARDATA(computed), VARDATA(stream->sha256), PG_SHA256_DIGEST_LENGTH) != 0)
        report_stream("sha256_mismatch", "the content does not have the SHA-256 that was announced",
                      "Send the file again; bytes were lost or changed on the way.");
    return computed;
}

} // namespace

void require_load() {
    if (stream == nullptr)
        ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("no load was begun in this transaction"),
                        errhint("Call nem12_load_begin() first; a rollback to a savepoint ends the load.")));
    if (stream->in_step)
        ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("the load is in the middle of a step"),
                        errhint("Is it called by a trigger on a table of the extension?")));
}

void require_no_load() {
    if (stream != nullptr && !stream->already_loaded)
        ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("a load is already going on in this session"),
                        errhint("End it by nem12_load_end() or ROLLBACK.")));
    drop_stream();
}

bool begin_load(const LoadOptions &options) {
    require_no_load();
    register_callbacks();
    remember_details_of(options.details_table);
    MemoryContext context = AllocSetContextCreate(TopTransactionContext, "nem12 load", ALLOCSET_DEFAULT_SIZES);
    const MemoryContext caller = MemoryContextSwitchTo(context);
    auto *created = static_cast<LoadStream *>(palloc0(sizeof(LoadStream)));
    created->context = context;
    created->skip_invalid = options.skip_invalid;
    created->dialect = options.dialect;
    const auto copy = [](text *value) { return value == nullptr ? nullptr : DatumGetTextPCopy(PointerGetDatum(value)); };
    created->file_name = copy(options.file_name);
    created->message_id = copy(options.message_id);
    created->transaction_id = copy(options.transaction_id);
    created->sha256 = options.sha256 == nullptr ? nullptr : DatumGetByteaPCopy(PointerGetDatum(options.sha256));
    mdff::ParserOptions parser_options;
    parser_options.dialect = options.dialect;
    parser_options.max_errors = parser_options.max_warnings = UINT32_MAX;
    parser_options.latest_created = format::latest_creation();
    created->parser = format::new_parser(context, parser_options);
    created->created = mdff::kNoDateTime;
    created->batch.init(context, {batch_rows(), static_cast<size_t>(batch_bytes())});
    MemoryContextSwitchTo(caller);
    created->last_step = GetCurrentSubTransactionId();
    created->in_step = true;
    stream = created;
    stream->already_loaded = run_begin_file(stream->sha256, stream->file_id);
    if (!stream->already_loaded && !options.sha256_is_computed) {
        stream->hash = new_hash(stream->context);
        if (pg_cryptohash_init(stream->hash) < 0)
            elog(ERROR, "nem12: SHA-256: %s", pg_cryptohash_error(stream->hash));
    }
    stream->in_step = false;
    return stream->already_loaded;
}

void load_bytes(std::string_view bytes) {
    require_load();
    if (stream->already_loaded)
        return;
    stream->last_step = GetCurrentSubTransactionId();
    stream->in_step = true;
    // Slices keep hash and parser in the same warm cache, and the load interruptible.
    constexpr size_t kSlice = 256 * 1024;
    while (!bytes.empty()) {
        CHECK_FOR_INTERRUPTS();
        const std::string_view slice = bytes.substr(0, kSlice);
        if (stream->hash != nullptr &&
            pg_cryptohash_update(stream->hash, reinterpret_cast<const uint8 *>(slice.data()), slice.size()) < 0)
            elog(ERROR, "nem12: SHA-256: %s", pg_cryptohash_error(stream->hash));
        stream->parser->push({slice.data(), slice.size()});
        take_events(mdff::Event::kNeedInput);
        bytes.remove_prefix(slice.size());
    }
    stream->in_step = false;
}

LoadResult end_load() {
    require_load();
    LoadResult result{};
    if (stream->already_loaded) {
        result.file_id = stream->file_id;
        result.already_loaded = true;
        drop_stream();
        return result;
    }
    stream->last_step = GetCurrentSubTransactionId();
    stream->in_step = true;
    stream->parser->finish();
    take_events(mdff::Event::kEndOfInput);
    bytea *sha256 = final_sha256();
    const mdff::ParserCounts &counts = stream->parser->counts();
    if (stream->has_error && counts.days == 0 && counts.accumulation_reads == 0)
        pg::report_finding(stream->first_error); // nothing is left
    store_batch();
    if (!NEM12_WITHOUT(conservation))
        check_conservation(counts);
    if (stream->logged_findings > kMaxLoggedFindings)
        run_log_cut(stream->logged_findings - kMaxLoggedFindings, stream->first_cut_line, stream->last_cut_line, logged_file());
    stream->totals.readings = static_cast<int64>(counts.readings);
    stream->totals.accumulation_reads = static_cast<int64>(counts.accumulation_reads);
    stream->totals.skipped_records = static_cast<int64>(counts.refused_records);

    FileFacts facts{};
    facts.file_id = stream->file_id;
    facts.sha256 = sha256;
    facts.file_name = stream->file_name;
    facts.version = stream->mdff_version == mdff::Version::kNem13 ? "NEM13" : "NEM12";
    facts.created = pg::to_timestamp(stream->created);
    facts.from_participant = stream->has_header ? stream->from_participant : pg::to_text({});
    facts.to_participant = stream->has_header ? stream->to_participant : pg::to_text({});
    facts.dialect = stream->dialect == mdff::Dialect::kStrict ? "strict" : "tolerant";
    facts.bytes = static_cast<int64>(counts.bytes);
    stream->inserted_nmis.close();
    facts.inserted_nmis = &stream->inserted_nmis;
    facts.first_inserted = stream->first_inserted;
    facts.last_inserted = stream->last_inserted;
    facts.message_id = stream->message_id;
    facts.transaction_id = stream->transaction_id;
    result.already_loaded = run_finish_file(facts, stream->totals, result.file_id);
    if (!result.already_loaded)
        result.totals = stream->totals;
    drop_stream();
    return result;
}

} // namespace nem12::load

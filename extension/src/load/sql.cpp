#include "load/sql.hpp"

#include <iterator>

#include "pg/errors.hpp"
#include "pg/row_set.hpp"
#include "pg/statement.hpp"
#include "pg/text.hpp"

namespace nem12::load {
namespace {

// nullptr: there are too many to be listed.
ArrayType *array_of(const NmiList &nmis) {
    if (!nmis.is_complete())
        return nullptr;
    auto *elements = static_cast<Datum *>(palloc(sizeof(Datum) * static_cast<size_t>(nmis.count() + 1)));
    for (int i = 0; i < nmis.count(); ++i)
        elements[i] = PointerGetDatum(pg::to_text(nmis[i].view()));
    return construct_array(elements, nmis.count(), TEXTOID, -1, false, TYPALIGN_INT);
}

} // namespace

bool run_begin_file(bytea *sha256, int64 &file_id) {
    static pg::Statement statement{"SELECT file_id, is_loaded FROM %1$s.nem12_begin_file($1)", 1, {BYTEAOID}};
    pg::Arguments arguments;
    arguments.add_pointer(sha256);
    pg::run_for_row(statement, arguments);
    file_id = DatumGetInt64(pg::column(1));
    const bool is_loaded = DatumGetBool(pg::column(2));
    pg::finish();
    return is_loaded;
}

bool run_finish_file(const FileFacts &facts, const FileTotals &totals, int64 &file_id) {
    static pg::Statement statement{
        "SELECT file_id, is_loaded FROM %1$s.nem12_finish_file($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, "
        "$11, $12, $13, $14, $15, $16, $17, $18, $19)",
        19,
        {INT8OID, BYTEAOID, TEXTOID, TEXTOID, TIMESTAMPOID, TEXTOID, TEXTOID, TEXTOID, INT8OID, INT8OID, INT8OID, INT8OID,
         INT8OID, INT8OID, DATEOID, DATEOID, TEXTARRAYOID, TEXTOID, TEXTOID}};
    pg::Arguments arguments;
    arguments.add(Int64GetDatum(facts.file_id));
    arguments.add_pointer(facts.sha256);
    arguments.add_pointer(facts.file_name);
    arguments.add_text(facts.version);
    arguments.add(TimestampGetDatum(facts.created), facts.created != DT_NOBEGIN);
    arguments.add_pointer(facts.from_participant);
    arguments.add_pointer(facts.to_participant);
    arguments.add_text(facts.dialect);
    arguments.add(Int64GetDatum(facts.bytes));
    for (int64 total :
         {totals.days_inserted, totals.days_staged, totals.readings, totals.accumulation_reads, totals.skipped_records})
        arguments.add(Int64GetDatum(total));
    arguments.add(DateADTGetDatum(facts.first_inserted), totals.days_inserted > 0);
    arguments.add(DateADTGetDatum(facts.last_inserted), totals.days_inserted > 0);
    arguments.add_pointer(array_of(*facts.inserted_nmis));
    arguments.add_pointer(facts.message_id);
    arguments.add_pointer(facts.transaction_id);
    pg::run_for_row(statement, arguments);
    file_id = DatumGetInt64(pg::column(1));
    const bool is_loaded = DatumGetBool(pg::column(2));
    pg::finish();
    return is_loaded;
}

void run_prepare_month(DateADT any_day) {
    static pg::Statement statement{"SELECT %1$s.nem12_prepare_months(ARRAY[$1])", 1, {DATEOID}};
    pg::Arguments arguments;
    arguments.add(DateADTGetDatum(any_day));
    pg::run_for_row(statement, arguments);
    pg::finish();
}

int run_store_details(const Batch &batch, int32 *&taken) {
    static constexpr pg::Column kColumns[] = {{"nmi", TEXTOID},          {"nmi_suffix", TEXTOID},
                                              {"details_id", INT4OID},   {"interval_length", INT2OID},
                                              {"uom", TEXTOID},          {"nmi_configuration", TEXTOID},
                                              {"register_id", TEXTOID},  {"mdm_data_stream", TEXTOID},
                                              {"meter_serial", TEXTOID}, {"next_scheduled_read", DATEOID},
                                              {"position", INT4OID}}; // in the batch; the others are the table's
    constexpr size_t kPosition = std::size(kColumns) - 1;
    static pg::Statement insertion{"INSERT INTO %1$s.nem12_channel_details (%2$s) SELECT %2$s FROM nem12_batch "
                                   "ORDER BY nmi COLLATE \"C\", nmi_suffix COLLATE \"C\", details_id ON CONFLICT DO NOTHING",
                                   0,
                                   {},
                                   {kColumns, kPosition}};
    static pg::Statement others{
        "SELECT c.\"position\" FROM nem12_batch c JOIN %1$s.nem12_channel_details d "
        "ON d.nmi = c.nmi AND d.nmi_suffix = c.nmi_suffix AND d.details_id = c.details_id "
        "WHERE (d.interval_length, d.uom, d.nmi_configuration, d.register_id, d.mdm_data_stream, d.meter_serial) "
        "<> (c.interval_length, c.uom, c.nmi_configuration, c.register_id, c.mdm_data_stream, c.meter_serial) "
        "OR d.next_scheduled_read IS DISTINCT FROM c.next_scheduled_read ORDER BY 1",
        0,
        {}};
    pg::RowSet set("nem12_batch", kColumns);
    int offered = 0;
    for (int i = 0; i < batch.channel_count(); ++i) {
        const BatchChannel &channel = *batch.channels()[i];
        if (channel.is_known)
            continue;
        const Datum values[] = {PointerGetDatum(channel.nmi),
                                PointerGetDatum(channel.nmi_suffix),
                                Int32GetDatum(channel.details_id),
                                Int16GetDatum(channel.interval_length),
                                PointerGetDatum(channel.uom),
                                PointerGetDatum(channel.nmi_configuration),
                                PointerGetDatum(channel.register_id),
                                PointerGetDatum(channel.mdm_data_stream),
                                PointerGetDatum(channel.meter_serial),
                                DateADTGetDatum(channel.next_scheduled_read),
                                Int32GetDatum(i)};
        bool nulls[std::size(values)] = {};
        nulls[kPosition - 1] = !channel.has_next_scheduled_read;
        set.add(values, nulls);
        ++offered;
    }
    int64 count = 0;
    if (pg::run(insertion) < offered) {
        count = pg::run(others);
        taken = static_cast<int32 *>(palloc(sizeof(int32) * (count + 1)));
        for (int64 i = 0; i < count; ++i)
            taken[i] = DatumGetInt32(pg::column(1, nullptr, i));
        pg::finish();
    }
    set.close();
    return static_cast<int>(count);
}

namespace {

// A row of nem12_errors.
struct LoggedFinding {
    int64 line;        // 0: none
    int record, field; // 0, -1: none
    std::string_view severity, code;
    const char *sqlstate, *message;
    text *raw_text;
};

void log(const LoggedFinding &logged, const LoggedFile &file) {
    static pg::Statement statement{
        "SELECT %1$s.nem12_log_finding($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        13,
        {TEXTOID, BYTEAOID, INT8OID, INT8OID, INT4OID, INT4OID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID}};
    pg::Arguments arguments;
    arguments.add_pointer(file.name);
    arguments.add_pointer(file.sha256);
    arguments.add(Int64GetDatum(file.file_id));
    arguments.add(Int64GetDatum(logged.line), logged.line > 0);
    arguments.add(Int32GetDatum(logged.record), logged.record > 0);
    arguments.add(Int32GetDatum(logged.field), logged.field >= 0);
    arguments.add_pointer(pg::to_text(logged.severity));
    arguments.add_pointer(pg::to_text(logged.code));
    arguments.add_text(logged.sqlstate);
    arguments.add_text(logged.message);
    arguments.add_pointer(logged.raw_text);
    arguments.add_pointer(file.from_participant);
    arguments.add_pointer(file.to_participant);
    pg::run_for_row(statement, arguments);
    pg::finish();
}

} // namespace

void run_log_finding(const mdff::Finding &finding, const LoggedFile &file) {
    const mdff::RuleInfo &rule = mdff::rule_info(finding.rule);
    log({static_cast<int64>(finding.line), finding.record, finding.field, mdff::name_of(finding.severity), rule.code,
         pg::finding_sqlstate(finding), pg::finding_message(finding), pg::to_text(finding.text)},
        file);
}

void run_log_cut(int64 count, int64 first_line, int64 last_line, const LoggedFile &file) {
    const char *message = psprintf(INT64_FORMAT " more errors, in lines " INT64_FORMAT " to " INT64_FORMAT
                                                ", are not listed: nem12_validate() does",
                                   count, first_line, last_line);
    log({first_line, 0, -1, mdff::name_of(mdff::Severity::kError), "findings_cut", "NM001", message, nullptr}, file);
}

} // namespace nem12::load

#include "load/sql.hpp"

#include "pg/errors.hpp"
#include "pg/text.hpp"

namespace nem12::load {
namespace {

constexpr int kMaxArguments = 20;

Oid home = InvalidOid;

// One statement, planned at its first use and kept for the session, or until the extension is found in another schema. The
// functions it calls are looked for in that schema (%s) and nowhere else, with arguments of exactly the types they want:
// whoever may create functions there cannot get another one called.
struct Statement {
    const char *sql;
    int argument_count;
    Oid types[kMaxArguments];
    SPIPlanPtr plan = nullptr;
    Oid home = InvalidOid;
};

void prepare(Statement &statement) {
    const char *schema = get_namespace_name(home);
    if (schema == nullptr)
        elog(ERROR, "nem12: the schema of the extension is gone");
    const char *sql = psprintf(statement.sql, quote_identifier(schema));
    SPIPlanPtr plan = SPI_prepare(sql, statement.argument_count, statement.types);
    if (plan == nullptr || SPI_keepplan(plan) != 0)
        elog(ERROR, "nem12: cannot prepare \"%s\": %s", sql, SPI_result_code_string(SPI_result));
    if (statement.plan != nullptr)
        SPI_freeplan(statement.plan);
    statement.plan = plan;
    statement.home = home;
}

class Arguments {
public:
    void add(Datum value, bool present = true) {
        values_[count_] = present ? value : Datum{0};
        nulls_[count_++] = present ? ' ' : 'n';
    }
    void add_pointer(const void *value) { add(PointerGetDatum(value), value != nullptr); }
    void add_text(const char *value) { add(CStringGetTextDatum(value)); }
    Datum *values() { return values_; }
    const char *nulls() const { return nulls_; }

private:
    Datum values_[kMaxArguments];
    char nulls_[kMaxArguments];
    int count_ = 0;
};

// Runs a statement that gives one row; its columns are read by column() until the next run.
void run(Statement &statement, Arguments &arguments) {
    if (statement.plan == nullptr || statement.home != home)
        prepare(statement);
    const int result = SPI_execute_plan(statement.plan, arguments.values(), arguments.nulls(), false, 0);
    if (result != SPI_OK_SELECT || SPI_processed != 1)
        elog(ERROR, "nem12: \"%s\" gave %s", statement.sql, SPI_result_code_string(result));
}

Datum column(int number, bool *is_null = nullptr) {
    bool ignored;
    return SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, number, is_null != nullptr ? is_null : &ignored);
}

void finish() { SPI_freetuptable(SPI_tuptable); }

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

void set_home(Oid schema) { home = schema; }

bool run_begin_file(bytea *sha256, int64 &file_id) {
    static Statement statement{"SELECT file_id, is_loaded FROM %s.nem12_begin_file($1)", 1, {BYTEAOID}};
    Arguments arguments;
    arguments.add_pointer(sha256);
    run(statement, arguments);
    file_id = DatumGetInt64(column(1));
    const bool is_loaded = DatumGetBool(column(2));
    finish();
    return is_loaded;
}

bool run_finish_file(const FileFacts &facts, const FileTotals &totals, int64 &file_id) {
    static Statement statement{"SELECT file_id, is_loaded FROM %s.nem12_finish_file($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, "
                               "$11, $12, $13, $14, $15, $16, $17, $18, $19)",
                               19,
                               {INT8OID, BYTEAOID, TEXTOID, TEXTOID, TIMESTAMPOID, TEXTOID, TEXTOID, TEXTOID, INT8OID, INT8OID,
                                INT8OID, INT8OID, INT8OID, INT8OID, DATEOID, DATEOID, TEXTARRAYOID, TEXTOID, TEXTOID}};
    Arguments arguments;
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
    run(statement, arguments);
    file_id = DatumGetInt64(column(1));
    const bool is_loaded = DatumGetBool(column(2));
    finish();
    return is_loaded;
}

void run_prepare_month(DateADT any_day) {
    static Statement statement{"SELECT %s.nem12_prepare_months(ARRAY[$1])", 1, {DATEOID}};
    Arguments arguments;
    arguments.add(DateADTGetDatum(any_day));
    run(statement, arguments);
    finish();
}

int run_store_details(int32 *&taken) {
    static Statement statement{"SELECT %s.nem12_store_details()", 0, {}};
    Arguments arguments;
    run(statement, arguments);
    bool is_null;
    const Datum positions = column(1, &is_null);
    int count = 0;
    taken = nullptr;
    if (!is_null) {
        ArrayType *array = DatumGetArrayTypePCopy(positions);
        count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
        taken = reinterpret_cast<int32 *>(ARR_DATA_PTR(array));
    }
    finish();
    return count;
}

Stored run_store_days(int64 offered, DateADT first, DateADT last, text *file_name) {
    static Statement statement{
        "SELECT inserted, staged FROM %s.nem12_store_days($1, $2, $3, $4)", 4, {INT8OID, DATEOID, DATEOID, TEXTOID}};
    Arguments arguments;
    arguments.add(Int64GetDatum(offered));
    arguments.add(DateADTGetDatum(first));
    arguments.add(DateADTGetDatum(last));
    arguments.add_pointer(file_name);
    run(statement, arguments);
    const Stored stored{DatumGetInt64(column(1)), DatumGetInt64(column(2))};
    finish();
    return stored;
}

Stored run_store_reads(int64 offered, text *file_name) {
    static Statement statement{"SELECT inserted, staged FROM %s.nem12_store_reads($1, $2)", 2, {INT8OID, TEXTOID}};
    Arguments arguments;
    arguments.add(Int64GetDatum(offered));
    arguments.add_pointer(file_name);
    run(statement, arguments);
    const Stored stored{DatumGetInt64(column(1)), DatumGetInt64(column(2))};
    finish();
    return stored;
}

int64 run_store_b2b() {
    static Statement statement{"SELECT %s.nem12_store_b2b()", 0, {}};
    Arguments arguments;
    run(statement, arguments);
    const int64 stored = DatumGetInt64(column(1));
    finish();
    return stored;
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
    static Statement statement{
        "SELECT %s.nem12_log_finding($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        13,
        {TEXTOID, BYTEAOID, INT8OID, INT8OID, INT4OID, INT4OID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID}};
    Arguments arguments;
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
    run(statement, arguments);
    finish();
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

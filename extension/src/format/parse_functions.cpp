// nem12_parse and nem12_validate: look at a file without storing anything.

#include <limits>

#include "mdff/storage/day_quality.hpp"

#include "format/new_parser.hpp"
#include "pg/boundary.hpp"
#include "pg/errors.hpp"
#include "pg/market_time.hpp"
#include "pg/text.hpp"
#include "values/datum.hpp"

namespace nem12::format {
namespace {

using mdff::Event;
using mdff::Parser;

constexpr auto kAllFindings = std::numeric_limits<uint32_t>::max(); // an error may follow any number of warnings

// Feeds a whole file to a parser in slices, so that a cancelled query stops within one.
class FileReader {
public:
    FileReader(const bytea *content, mdff::Dialect dialect, mdff::DateTime latest_created)
        : rest_(pg::view_of(content)), parser_(new_parser(CurrentMemoryContext, {.dialect = dialect,
                                                                                 .max_errors = kAllFindings,
                                                                                 .max_warnings = kAllFindings,
                                                                                 .latest_created = latest_created})) {}

    const Parser &parser() const { return *parser_; }

    // Never kNeedInput.
    Event next() {
        for (;;) {
            const Event event = parser_->next();
            if (event != Event::kNeedInput)
                return event;
            CHECK_FOR_INTERRUPTS();
            if (rest_.empty()) {
                parser_->finish();
                continue;
            }
            const std::string_view slice = rest_.substr(0, kSliceSize);
            rest_.remove_prefix(slice.size());
            parser_->push({slice.data(), slice.size()});
        }
    }

private:
    static constexpr size_t kSliceSize = 1 << 20;
    std::string_view rest_;
    Parser *parser_;
};

// One row of a materialized result. Its datums live in a context that is emptied after every row.
class RowWriter {
public:
    explicit RowWriter(FunctionCallInfo fcinfo) {
        InitMaterializedSRF(fcinfo, 0);
        result_ = reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo);
        row_context_ = AllocSetContextCreate(CurrentMemoryContext, "nem12 row", ALLOCSET_DEFAULT_SIZES);
        caller_context_ = MemoryContextSwitchTo(row_context_);
    }

    void add(Datum value) {
        values_[column_] = value;
        nulls_[column_++] = false;
    }
    void add(std::string_view text) { add(PointerGetDatum(pg::to_text(text))); }
    void add(mdff::DateTime time) { time == mdff::kNoDateTime ? add_null() : add(TimestampGetDatum(pg::to_timestamp(time))); }
    void add_null() { nulls_[column_++] = true; }

    void end_row() {
        Assert(column_ == result_->setDesc->natts);
        tuplestore_putvalues(result_->setResult, result_->setDesc, values_, nulls_);
        column_ = 0;
        MemoryContextReset(row_context_);
    }

    void finish() { MemoryContextSwitchTo(caller_context_); }

private:
    static constexpr int kMaxColumns = 16;
    ReturnSetInfo *result_;
    MemoryContext row_context_;
    MemoryContext caller_context_;
    int column_ = 0;
    Datum values_[kMaxColumns];
    bool nulls_[kMaxColumns];
};

void add_events(RowWriter &row, std::span<const mdff::IntervalEvent> events) {
    const size_t room = mdff::max_events_text(events.size());
    auto *text = static_cast<char *>(palloc(Max(room, 1U)));
    row.add(std::string_view{text, mdff::format_events(events, {text, room})});
}

void add_day(RowWriter &row, const Parser &parser) {
    const mdff::IntervalDay &day = parser.day();
    const mdff::ChannelDetails &channel = parser.channel();
    row.add(Int64GetDatum(static_cast<int64>(day.line)));
    row.add(channel.nmi);
    row.add(channel.nmi_suffix);
    row.add(DateADTGetDatum(pg::to_date(day.date)));
    row.add(Int32GetDatum(day.interval_length));
    row.add(channel.uom);
    row.add(channel.meter_serial);
    row.add(PointerGetDatum(values::make_values(day.values, day.scale)));
    row.add(day.quality.method);
    if (day.quality.reason_code == mdff::kNoReason)
        row.add_null();
    else
        row.add(Int16GetDatum(day.quality.reason_code));
    if (day.quality.reason_description.empty())
        row.add_null();
    else
        row.add(day.quality.reason_description);
    add_events(row, day.events);
    row.add(day.updated);
    row.add(day.msats_loaded);
    row.add(parser.header().created);
    row.end_row();
}

void add_finding(RowWriter &row, const mdff::Finding &finding) {
    const mdff::RuleInfo &rule = mdff::rule_info(finding.rule);
    if (finding.line > 0)
        row.add(Int64GetDatum(static_cast<int64>(finding.line)));
    else
        row.add_null();
    if (finding.record > 0)
        row.add(Int32GetDatum(finding.record));
    else
        row.add_null();
    if (finding.field >= 0)
        row.add(Int32GetDatum(finding.field));
    else
        row.add_null();
    row.add(mdff::name_of(finding.severity));
    row.add(rule.code);
    row.add(PointerGetDatum(cstring_to_text(pg::finding_message(finding))));
    row.end_row();
}

} // namespace

NEM12_FUNCTION(nem12_parse) {
    const mdff::Dialect dialect = pg::dialect_from_text(PG_GETARG_TEXT_PP(1));
    FileReader reader(PG_GETARG_BYTEA_PP(0), dialect, mdff::kNoDateTime);
    RowWriter row(fcinfo);
    for (Event event = reader.next(); event != Event::kEndOfInput; event = reader.next()) {
        if (event == Event::kDay)
            add_day(row, reader.parser());
        else if (event == Event::kFinding && reader.parser().finding().severity == mdff::Severity::kError)
            pg::report_finding(reader.parser().finding());
    }
    row.finish();
    PG_RETURN_NULL();
}

NEM12_FUNCTION(nem12_validate) {
    const mdff::Dialect dialect = pg::dialect_from_text(PG_GETARG_TEXT_PP(1));
    FileReader reader(PG_GETARG_BYTEA_PP(0), dialect, latest_creation());
    RowWriter row(fcinfo);
    for (Event event = reader.next(); event != Event::kEndOfInput; event = reader.next()) {
        if (event == Event::kFinding)
            add_finding(row, reader.parser().finding());
    }
    row.finish();
    PG_RETURN_NULL();
}

} // namespace nem12::format

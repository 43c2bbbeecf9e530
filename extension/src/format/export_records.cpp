// nem12_day_records, nem12_header_record: stored days as the records of an MDFF, one text each, without line ends.

#include <algorithm>
#include <initializer_list>
#include <span>

#include "mdff/storage/day_quality.hpp"
#include "mdff/writer.hpp"

#include "pg/boundary.hpp"
#include "pg/errors.hpp"
#include "pg/market_time.hpp"
#include "pg/text.hpp"
#include "values/datum.hpp"

extern "C" {
#include "utils/date.h"
}

namespace nem12::format {
namespace {

// The arguments of nem12_day_records.
enum Argument {
    kBeginsChannel, // whether its 200 record is to be written
    kNmi,
    kConfiguration,
    kRegisterId,
    kSuffix,
    kDataStream,
    kMeterSerial,
    kUom,
    kNextScheduledRead,
    kDate,
    kValues,
    kQuality,
    kEvents,
    kUpdated,
    kMsatsLoaded,
    kB2b // the 500 records' fields, a record a line
};

std::string_view text_argument(FunctionCallInfo fcinfo, int n) {
    return PG_ARGISNULL(n) ? std::string_view{} : pg::view_of(PG_GETARG_TEXT_PP(n));
}

// Anyone may call with anything: a line break would make more lines than are counted.
std::string_view field_argument(FunctionCallInfo fcinfo, int n) {
    const std::string_view field = text_argument(fcinfo, n);
    if (field.find_first_of("\r\n") != std::string_view::npos)
        ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED), errmsg("a field of a day has a line break in it")));
    return field;
}

mdff::Date date_argument(FunctionCallInfo fcinfo, int n) {
    return PG_ARGISNULL(n) ? mdff::kNoDate : pg::from_date(PG_GETARG_DATEADT(n));
}

mdff::DateTime from_timestamp(Timestamp time) {
    return {time / USECS_PER_SEC + static_cast<int64_t>(pg::kEpochDays) * SECS_PER_DAY};
}

mdff::DateTime time_argument(FunctionCallInfo fcinfo, int n) {
    return PG_ARGISNULL(n) ? mdff::kNoDateTime : from_timestamp(PG_GETARG_TIMESTAMP(n));
}

std::string_view take_line(std::string_view &lines) {
    const size_t at = Min(lines.find('\n'), lines.size());
    const std::string_view line = lines.substr(0, at);
    lines.remove_prefix(Min(at + 1, lines.size()));
    return line;
}

struct DayToWrite {
    values::DecodedDay decoded;
    mdff::IntervalEvent events[mdff::kMaxIntervals];
    mdff::IntervalDay day;
};

void read_day(FunctionCallInfo fcinfo, DayToWrite &out) {
    values::decode_day(NEM12_GETARG_VALUES(kValues), out.decoded);
    size_t event_count = 0;
    bool readable = mdff::parse_quality(field_argument(fcinfo, kQuality), out.day.quality);
    for (std::string_view lines = text_argument(fcinfo, kEvents); readable && !lines.empty();)
        readable = event_count < mdff::kMaxIntervals && mdff::parse_event(take_line(lines), out.events[event_count++]);
    if (!readable)
        ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED), errmsg("stored quality of a day cannot be read")));
    out.day.date = pg::from_date(PG_GETARG_DATEADT(kDate));
    out.day.interval_length = mdff::kMinutesPerDay / out.decoded.header.count;
    out.day.values = {out.decoded.values, out.decoded.header.count};
    out.day.scale = out.decoded.header.scale;
    out.day.updated = time_argument(fcinfo, kUpdated);
    out.day.msats_loaded = time_argument(fcinfo, kMsatsLoaded);
    out.day.events = {out.events, event_count};
}

// A 500 record belongs to the day of its read time when that day came before in the same channel. One that was stored with
// another day must not find it there again.
bool needs_channel_of_its_own(std::string_view b2b, mdff::Date day) {
    constexpr size_t kTime = 2; // of the fields of a 500: trans_code, ret_service_order, read_datetime, index_read
    while (!b2b.empty()) {
        std::string_view rest = take_line(b2b);
        for (size_t field = 0; field < kTime; ++field)
            rest.remove_prefix(Min(rest.find(',') + 1, rest.size()));
        mdff::Date read;
        if (mdff::parse_date(rest.substr(0, 8), read) && read < day)
            return true;
    }
    return false;
}

bool write_channel(FunctionCallInfo fcinfo, const mdff::IntervalDay &day, mdff::Writer &writer) {
    mdff::ChannelDetails channel{};
    channel.nmi = field_argument(fcinfo, kNmi);
    channel.nmi_configuration = field_argument(fcinfo, kConfiguration);
    channel.register_id = field_argument(fcinfo, kRegisterId);
    channel.nmi_suffix = field_argument(fcinfo, kSuffix);
    channel.mdm_data_stream = field_argument(fcinfo, kDataStream);
    channel.meter_serial = field_argument(fcinfo, kMeterSerial);
    channel.uom = field_argument(fcinfo, kUom);
    channel.interval_length = day.interval_length;
    channel.next_scheduled_read = date_argument(fcinfo, kNextScheduledRead);
    return writer.channel(channel);
}

// Where a day is written: kept from call to call, as it takes longer to get than to fill.
std::span<char> &scratch() {
    static std::span<char> room;
    return room;
}

void make_scratch(size_t size) {
    std::span<char> &room = scratch();
    char *grown = static_cast<char *>(room.empty() ? MemoryContextAlloc(TopMemoryContext, size) : repalloc(room.data(), size));
    room = {grown, size};
}

// The lines of a day but for its 500s, in the scratch room.
std::string_view write_day(FunctionCallInfo fcinfo, const mdff::IntervalDay &day, bool with_channel) {
    constexpr size_t kFirstRoom = mdff::kMaxDayText + 1024;
    if (scratch().empty())
        make_scratch(kFirstRoom);
    for (;;) {
        mdff::Writer writer(scratch());
        if ((!with_channel || write_channel(fcinfo, day, writer)) && writer.day(day))
            return writer.written();
        make_scratch(2 * scratch().size()); // quoted descriptions
    }
}

struct Records {
    int count;
    Datum *texts;
};

void add_record(Records &records, std::string_view line) {
    records.texts[records.count++] = PointerGetDatum(cstring_to_text_with_len(line.data(), static_cast<int>(line.size())));
}

text *b2b_record(std::string_view fields) {
    constexpr std::string_view kIndicator = "500,";
    auto *record = static_cast<text *>(palloc(VARHDRSZ + kIndicator.size() + fields.size()));
    SET_VARSIZE(record, VARHDRSZ + kIndicator.size() + fields.size());
    memcpy(VARDATA(record), kIndicator.data(), kIndicator.size());
    memcpy(VARDATA(record) + kIndicator.size(), fields.data(), fields.size());
    return record;
}

Records records_of(FunctionCallInfo fcinfo) {
    for (const int required : {kNmi, kSuffix, kDate, kValues, kQuality, kEvents}) {
        if (PG_ARGISNULL(required))
            ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("a day to be exported lacks a part")));
    }
    auto *to_write = static_cast<DayToWrite *>(palloc(sizeof(DayToWrite)));
    read_day(fcinfo, *to_write);
    const std::string_view b2b = text_argument(fcinfo, kB2b);
    const bool begins_channel = PG_ARGISNULL(kBeginsChannel) || PG_GETARG_BOOL(kBeginsChannel);
    std::string_view lines =
        write_day(fcinfo, to_write->day, begins_channel || needs_channel_of_its_own(b2b, to_write->day.date));
    const auto b2b_lines = b2b.empty() ? 0 : std::count(b2b.begin(), b2b.end(), '\n') + 1;
    Records records{};
    records.texts =
        static_cast<Datum *>(palloc(sizeof(Datum) * (2 + to_write->day.events.size() + static_cast<size_t>(b2b_lines))));
    while (!lines.empty()) {
        std::string_view line = take_line(lines);
        line.remove_suffix(1); // CR
        add_record(records, line);
    }
    for (std::string_view rest = b2b; !rest.empty();)
        records.texts[records.count++] = PointerGetDatum(b2b_record(take_line(rest)));
    pfree(to_write);
    return records;
}

// A field of the 100 record that the caller chose.
std::string_view participant(FunctionCallInfo fcinfo, int n) {
    constexpr size_t kMost = 10; // MDFF 4.2
    const std::string_view name = text_argument(fcinfo, n);
    if (name.size() > kMost || name.find_first_of(",\"#\r\n ") != std::string_view::npos)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("\"%s\" is no participant", pg::to_cstring(name)),
                        errhint("Write a participant ID of up to 10 characters, without spaces, commas, quotes and #.")));
    return name;
}

} // namespace
NEM12_FUNCTION(nem12_day_records) {
    if (SRF_IS_FIRSTCALL()) {
        FuncCallContext *context = SRF_FIRSTCALL_INIT();
        const MemoryContext previous = MemoryContextSwitchTo(context->multi_call_memory_ctx);
        auto *records = static_cast<Records *>(palloc(sizeof(Records)));
        *records = records_of(fcinfo);
        context->user_fctx = records;
        context->max_calls = static_cast<uint64>(records->count);
        MemoryContextSwitchTo(previous);
    }
    FuncCallContext *context = SRF_PERCALL_SETUP();
    if (context->call_cntr == context->max_calls)
        SRF_RETURN_DONE(context);
    const Datum record = static_cast<const Records *>(context->user_fctx)->texts[context->call_cntr];
    SRF_RETURN_NEXT(context, record); // which counts the call first
}

// (version, created, from_participant, to_participant)
NEM12_FUNCTION(nem12_header_record) {
    mdff::Header header{};
    header.version = text_argument(fcinfo, 0) == "NEM13" ? mdff::Version::kNem13 : mdff::Version::kNem12;
    header.created = time_argument(fcinfo, 1);
    header.from_participant = participant(fcinfo, 2);
    header.to_participant = participant(fcinfo, 3);
    char line[128];
    mdff::Writer writer(line);
    if (!writer.header(header))
        elog(ERROR, "nem12: the header is too long");
    std::string_view written = writer.written();
    written.remove_suffix(2); // CR and LF
    PG_RETURN_TEXT_P(pg::to_text(written));
}

} // namespace nem12::format

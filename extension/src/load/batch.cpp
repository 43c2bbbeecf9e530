#include "load/batch.hpp"

#include <algorithm>
#include <span>

extern "C" {
#include "common/hashfn.h"
#include "mb/pg_wchar.h"
}

#include "load/details.hpp"
#include "mdff/storage/day_quality.hpp"
#include "mdff/storage/values_codec.hpp"
#include "mdff/without.hpp"
#include "pg/errors.hpp"
#include "pg/market_time.hpp"

namespace nem12::load {
namespace {

constexpr size_t kPallocAdds = 24; // to a text or value: header and rounding, about
constexpr size_t kSmallestBlock = 64 * 1024;
constexpr size_t kLargestBlock = 64 << 20;

// Text of a file in the server's encoding. The parser lets only UTF-8 without control characters through; what this
// database's encoding cannot hold is an error of its own class 22.
text *server_text(std::string_view bytes) {
    bool ascii = true;
    for (unsigned char c : bytes)
        ascii &= c < 0x80;
    if (ascii)
        return cstring_to_text_with_len(bytes.data(), static_cast<int>(bytes.size()));
    const char *converted = pg_any_to_server(bytes.data(), static_cast<int>(bytes.size()), PG_UTF8);
    if (converted == bytes.data())
        return cstring_to_text_with_len(bytes.data(), static_cast<int>(bytes.size()));
    return cstring_to_text(converted);
}

int compare(const text *a, const text *b) {
    const size_t a_size = VARSIZE_ANY_EXHDR(a);
    const size_t b_size = VARSIZE_ANY_EXHDR(b);
    const int order = memcmp(VARDATA_ANY(a), VARDATA_ANY(b), std::min(a_size, b_size));
    if (order != 0)
        return order;
    return a_size < b_size ? -1 : a_size > b_size;
}

bool stands_before(const BatchDay &a, const BatchDay &b) {
    if (a.month != b.month)
        return a.month < b.month;
    if (a.channel != b.channel) {
        if (const int order = compare(a.channel->nmi, b.channel->nmi); order != 0)
            return order < 0;
        if (const int order = compare(a.channel->nmi_suffix, b.channel->nmi_suffix); order != 0)
            return order < 0;
    }
    return a.date != b.date ? a.date < b.date : a.line < b.line;
}

// Sets the columns of a row one after the other, and counts the bytes that they take.
class RowFiller {
public:
    RowFiller(Datum *values, bool *nulls) : values_(values), nulls_(nulls) {}
    void add(Datum value, bool present = true) {
        values_[next_] = present ? value : Datum{0};
        nulls_[next_++] = !present;
    }
    void add_varlena(const void *value) {
        bytes_ += VARSIZE(value) + kPallocAdds;
        add(PointerGetDatum(value));
    }
    void add_text(std::string_view bytes) { add_varlena(server_text(bytes)); }
    void add_time(mdff::DateTime time) { add(TimestampGetDatum(pg::to_timestamp(time)), time != mdff::kNoDateTime); }
    void add_date(mdff::Date date) {
        const bool present = date != mdff::kNoDate; // which has no day number
        add(present ? DateADTGetDatum(pg::to_date(date)) : Datum{0}, present);
    }
    void add_reason(int16 code) { add(Int16GetDatum(code), code != mdff::kNoReason); }
    size_t bytes() const { return bytes_; }

private:
    Datum *values_;
    bool *nulls_;
    int next_ = 0;
    size_t bytes_ = 0;
};

} // namespace

void Batch::init(MemoryContext parent, const BatchLimits &limits) {
    limits_ = limits;
    // The first block is kept over resets, so a steady load allocates nothing from the system.
    const size_t block = MAXALIGN(std::clamp(4 * limits.bytes, kSmallestBlock, kLargestBlock));
    context_ = AllocSetContextCreate(parent, "nem12 batch", 0, block, block);
    scratch_size_ = std::max(mdff::kMaxEncodedValues, mdff::kMaxQualityText);
    scratch_ = static_cast<char *>(MemoryContextAlloc(parent, scratch_size_));
    events_taken_ = read_b2bs_completed_ = 0;
    start();
}

void Batch::reset() {
    MemoryContextReset(context_);
    start();
}

void Batch::start() {
    bytes_ = 0;
    channel_ = nullptr;
    channels_ = nullptr;
    days_ = nullptr;
    b2bs_ = nullptr;
    reads_ = nullptr;
    channel_count_ = day_count_ = b2b_count_ = read_count_ = 0;
    last_quality_ = no_text_ = nullptr;
    read_b2b_ = nullptr;
    read_b2b_size_ = read_b2b_room_ = 0;
}

template <class Row>
Row *Batch::new_rows() {
    return static_cast<Row *>(palloc(sizeof(Row) * limits_.rows));
}

text *Batch::new_text(std::string_view bytes) {
    text *result = server_text(bytes);
    bytes_ += VARSIZE(result) + kPallocAdds;
    return result;
}

void Batch::remember_channel(const mdff::ChannelDetails &details) {
    if (channels_ == nullptr)
        channels_ = new_rows<BatchChannel *>();
    auto *channel = static_cast<BatchChannel *>(palloc0(sizeof(BatchChannel)));
    channel->nmi = new_text(details.nmi);
    channel->nmi_suffix = new_text(details.nmi_suffix);
    channel->nmi_configuration = new_text(details.nmi_configuration);
    channel->register_id = new_text(details.register_id);
    channel->mdm_data_stream = new_text(details.mdm_data_stream);
    channel->meter_serial = new_text(details.meter_serial);
    channel->uom = new_text(details.uom);
    channel->interval_length = static_cast<int16>(details.interval_length);
    channel->has_next_scheduled_read = details.next_scheduled_read != mdff::kNoDate;
    channel->next_scheduled_read = channel->has_next_scheduled_read ? pg::to_date(details.next_scheduled_read) : 0;
    identify_channel(channel, details);
    bytes_ += sizeof(BatchChannel) + channel->content.size();
    channels_[channel_count_++] = channel; // at most one for each day
    channel_ = channel;
}

text *Batch::quality_text(const mdff::Quality &quality) {
    const size_t size = mdff::format_quality(quality, {scratch_, scratch_size_});
    const std::string_view formatted{scratch_, size};
    // Nearly all days of a file have the same quality: one text serves them all.
    if (last_quality_ != nullptr && formatted == std::string_view{VARDATA(last_quality_), VARSIZE(last_quality_) - VARHDRSZ})
        return last_quality_;
    return last_quality_ = new_text(formatted);
}

text *Batch::events_text(const mdff::IntervalDay &day) {
    if (day.events.empty())
        return no_text_ != nullptr ? no_text_ : no_text_ = new_text({});
    const size_t room = mdff::max_events_text(day.events.size());
    if (room > scratch_size_) {
        scratch_ = static_cast<char *>(repalloc(scratch_, room));
        scratch_size_ = room;
    }
    return new_text({scratch_, mdff::format_events(day.events, {scratch_, scratch_size_})});
}

varlena *Batch::values_of(const mdff::IntervalDay &day) {
    const size_t size = mdff::encode_values(day.values, day.scale, std::as_writable_bytes(std::span{scratch_, scratch_size_}));
    auto *result = static_cast<varlena *>(palloc(VARHDRSZ + size));
    SET_VARSIZE(result, VARHDRSZ + size);
    memcpy(VARDATA(result), scratch_, size);
    bytes_ += VARHDRSZ + size + kPallocAdds;
    return result;
}

void Batch::add_day(const mdff::ChannelDetails &details, const mdff::IntervalDay &day) {
    const MemoryContext caller = MemoryContextSwitchTo(context_);
    if (days_ == nullptr)
        days_ = new_rows<BatchDay>();
    if (channel_ == nullptr)
        remember_channel(details);
    const mdff::CivilDate civil = mdff::civil_from_date(day.date);
    BatchDay &row = days_[day_count_];
    row.channel = channel_;
    row.month = civil.year * 12 + civil.month - 1;
    row.date = pg::to_date(day.date);
    row.line = static_cast<int32>(day.line);
    row.updated = pg::to_timestamp(day.updated);
    row.msats_loaded = pg::to_timestamp(day.msats_loaded);
    row.quality = quality_text(day.quality);
    row.events = events_text(day);
    row.values = values_of(day);
    ++day_count_;
    bytes_ += sizeof(BatchDay);
    MemoryContextSwitchTo(caller);
}

void Batch::add_b2b(const mdff::ChannelDetails &details, const mdff::B2bDetails &b2b, int64 file_id) {
    const MemoryContext caller = MemoryContextSwitchTo(context_);
    if (b2bs_ == nullptr)
        b2bs_ = new_rows<BatchB2b>();
    BatchB2b &row = b2bs_[b2b_count_];
    RowFiller fill(row.values, row.nulls);
    fill.add_text(details.nmi);
    fill.add_text(details.nmi_suffix);
    fill.add(DateADTGetDatum(pg::to_date(b2b.date)));
    fill.add(Int64GetDatum(file_id));
    fill.add(Int32GetDatum(static_cast<int32>(b2b.line)));
    fill.add_text(b2b.trans_code);
    fill.add_text(b2b.ret_service_order);
    fill.add_time(b2b.read_time);
    fill.add_text(b2b.index_read);
    ++b2b_count_;
    bytes_ += sizeof(BatchB2b) + fill.bytes();
    MemoryContextSwitchTo(caller);
}

void Batch::add_read(const mdff::AccumulationRead &read, int64 file_id) {
    close_read();
    const MemoryContext caller = MemoryContextSwitchTo(context_);
    if (reads_ == nullptr)
        reads_ = new_rows<BatchRead>();
    BatchRead &row = reads_[read_count_];
    RowFiller fill(row.values, row.nulls);
    fill.add_text(read.nmi);
    fill.add_text(read.nmi_suffix);
    fill.add_text(read.register_id);
    fill.add_text(read.meter_serial);
    fill.add_time(read.previous.time);
    fill.add_time(read.current.time);
    fill.add_text(read.nmi_configuration);
    fill.add_text(read.mdm_data_stream);
    fill.add_text(read.direction);
    for (const mdff::RegisterRead *end : {&read.previous, &read.current}) {
        fill.add_text(end->reading);
        fill.add_text(end->quality.method);
        fill.add_reason(end->quality.reason_code);
        fill.add_text(end->quality.reason_description);
    }
    fill.add_varlena(int64_div_fast_to_numeric(read.quantity.mantissa, read.quantity.scale));
    fill.add_text(read.uom);
    fill.add_date(read.next_scheduled_read);
    fill.add_time(read.updated);
    fill.add_time(read.msats_loaded);
    fill.add_text({}); // 550 lines, see close_read
    fill.add(Int32GetDatum(static_cast<int32>(read.line)));
    fill.add(Int64GetDatum(file_id));
    ++read_count_;
    bytes_ += sizeof(BatchRead) + fill.bytes();
    MemoryContextSwitchTo(caller);
}

void Batch::add_read_b2b(const mdff::AccumulationB2b &b2b) {
    if (read_count_ == 0)
        elog(ERROR, "nem12: line " UINT64_FORMAT ": a 550 came without its 250", b2b.line);
    const std::string_view fields[] = {b2b.previous_trans_code, b2b.previous_ret_service_order, b2b.current_trans_code,
                                       b2b.current_ret_service_order};
    size_t size = read_b2b_size_ + 1;
    for (std::string_view field : fields)
        size += field.size() + 1;
    if (size > mdff::kMaxReadB2bText) // the parser refuses them: too_many_b2b_records
        elog(ERROR, "nem12: line " UINT64_FORMAT ": too many 550s", b2b.line);
    if (size > read_b2b_room_) {
        read_b2b_room_ = 2 * size;
        read_b2b_ = static_cast<char *>(read_b2b_ == nullptr ? MemoryContextAlloc(context_, read_b2b_room_)
                                                             : repalloc(read_b2b_, read_b2b_room_));
    }
    char *out = read_b2b_ + read_b2b_size_;
    if (read_b2b_size_ > 0)
        *out++ = '\n';
    for (size_t i = 0; i < std::size(fields); ++i) {
        if (i > 0)
            *out++ = ',';
        out = std::copy(fields[i].begin(), fields[i].end(), out);
    }
    const auto end = static_cast<size_t>(out - read_b2b_);
    bytes_ += end - read_b2b_size_;
    read_b2b_size_ = end;
}

void Batch::close_read() {
    if (read_b2b_size_ == 0)
        return;
    Assert(read_count_ > 0); // add_read_b2b
    const MemoryContext caller = MemoryContextSwitchTo(context_);
    bytes_ -= read_b2b_size_; // counted as the text now
    read_b2bs_completed_ += 1 + std::count(read_b2b_, read_b2b_ + read_b2b_size_, '\n');
    reads_[read_count_ - 1].values[kReadB2bColumn] = PointerGetDatum(new_text({read_b2b_, read_b2b_size_}));
    read_b2b_size_ = 0;
    MemoryContextSwitchTo(caller);
}

void Batch::take(mdff::Event event, const mdff::Parser &parser, int64 file_id) {
    switch (event) {
    case mdff::Event::kChannel: channel_ = nullptr; break; // remembered with its first day: one without leaves nothing
    case mdff::Event::kDay:
        add_day(parser.channel(), parser.day());
        events_taken_ += static_cast<int64>(parser.day().events.size());
        break;
    case mdff::Event::kB2bDetails: add_b2b(parser.channel(), parser.b2b(), file_id); break;
    case mdff::Event::kAccumulationRead: add_read(parser.accumulation(), file_id); break;
    case mdff::Event::kAccumulationB2b: add_read_b2b(parser.accumulation_b2b()); break;
    case mdff::Event::kFinding:
    case mdff::Event::kHeader:
    case mdff::Event::kEndOfBlock:
    case mdff::Event::kNeedInput:
    case mdff::Event::kEndOfInput: break;
    }
}

void Batch::close() {
    close_read();
    if (!NEM12_WITHOUT(sorted_days) && !std::is_sorted(days_, days_ + day_count_, stands_before))
        std::sort(days_, days_ + day_count_, stands_before);
}

} // namespace nem12::load

#pragma once
// What a load has parsed and not stored yet: rows as Datums, in a memory context of their own that is reset when they are
// stored. (A chunk is what callers send: it begins and ends anywhere, and has nothing to do with where a batch does.)

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

#include "mdff/parser.hpp"
#include "pg/columns.hpp"
#include "pg/postgres.hpp"
#include "store/row_of.hpp"

namespace nem12::load {

// When a batch is full. A batch of `rows` days, `rows` 500s or `rows` reads is, and one whose rows take `bytes`: texts and
// values at their own sizes, and about what palloc adds to each. The last row may go over.
struct BatchLimits {
    int rows;
    size_t bytes;
};

// A 200 record with at least one day in the batch.
struct BatchChannel {
    text *nmi, *nmi_suffix, *nmi_configuration, *register_id, *mdm_data_stream, *meter_serial, *uom;
    DateADT next_scheduled_read;
    bool has_next_scheduled_read;
    int16 interval_length;
    int32 details_id;   // of `same`, else the next one to try
    bool is_known;      // nem12_channel_details has it
    BatchChannel *same; // the first channel of the batch with equal content: its details_id counts; may be itself
    uint32 hash;
    std::string_view content; // every field of the record, as hashed and compared; empty: too long to be remembered
};

struct BatchDay {
    BatchChannel *channel;
    int32 month; // year * 12 + month - 1
    DateADT date;
    int32 line;
    Timestamp updated, msats_loaded; // DT_NOBEGIN: none
    text *quality, *events;
    varlena *values;
};

// Columns of nem12_b2b_details and nem12_accumulation_reads, in the order of a batch's rows.
inline constexpr pg::Column kB2bColumnTypes[] = {
    {"nmi", TEXTOID},       {"nmi_suffix", TEXTOID}, {"interval_date", DATEOID},     {"file_id", INT8OID},
    {"line_no", INT4OID},   {"trans_code", TEXTOID}, {"ret_service_order", TEXTOID}, {"read_datetime", TIMESTAMPOID},
    {"index_read", TEXTOID}};
inline constexpr pg::Column kReadColumnTypes[] = {
#define NEM12_READ_COLUMN(part, place, name, oid, ...) {#name, oid},
#include "store/versioned_rows.inc"
};
inline constexpr int kB2bColumns = std::size(kB2bColumnTypes);
inline constexpr int kReadColumns = std::size(kReadColumnTypes);
enum ReadColumn : int {
#define NEM12_READ_COLUMN(part, place, ...) place,
#include "store/versioned_rows.inc"
};

using BatchB2b = store::RowOf<kB2bColumns>;
using BatchRead = store::RowOf<kReadColumns>;

class Batch {
public:
    // Lives in `parent`, and goes with it.
    void init(MemoryContext parent, const BatchLimits &limits);
    void reset(); // keeps nothing

    // Whether the batch must be stored before this event is taken: it is full and the event opens a row. A 550 does not, it
    // belongs to the last read; nor does a finding, which comes before the record that it is about, maybe such a 550.
    bool is_due(mdff::Event next) const { return opens_row(next) && is_full(); }
    bool is_empty() const { return day_count_ == 0 && b2b_count_ == 0 && read_count_ == 0; }

    // Takes the record of an event over from the parser; the other events say nothing about rows.
    void take(mdff::Event event, const mdff::Parser &parser, int64 file_id);

    // Before the rows are read: completes the last one, and puts days into the lock order of every writer: month, NMI, suffix,
    // day, line.
    void close();

    BatchChannel *const *channels() const { return channels_; }
    int channel_count() const { return channel_count_; }
    const BatchDay *days() const { return days_; }
    BatchDay *days() { return days_; }
    int day_count() const { return day_count_; }
    const BatchB2b *b2bs() const { return b2bs_; }
    int b2b_count() const { return b2b_count_; }
    const BatchRead *reads() const { return reads_; }
    int read_count() const { return read_count_; }

    // Since init(), for the law of conservation: 400s in the days taken, 550s in the reads completed.
    int64 events_taken() const { return events_taken_; }
    int64 read_b2bs_completed() const { return read_b2bs_completed_; }

private:
    BatchLimits limits_;
    MemoryContext context_;
    char *scratch_; // for one day's texts; outlives resets
    size_t scratch_size_;
    size_t bytes_;
    BatchChannel *channel_; // of the next day; nullptr: not remembered yet
    BatchChannel **channels_;
    BatchDay *days_;
    BatchB2b *b2bs_;
    BatchRead *reads_;
    int channel_count_, day_count_, b2b_count_, read_count_;
    text *last_quality_, *no_text_;
    char *read_b2b_; // the 550 lines of the last read
    size_t read_b2b_size_, read_b2b_room_;
    int64 events_taken_, read_b2bs_completed_;

    static bool opens_row(mdff::Event event) {
        return event == mdff::Event::kDay || event == mdff::Event::kB2bDetails || event == mdff::Event::kAccumulationRead;
    }
    bool is_full() const {
        return bytes_ >= limits_.bytes || day_count_ >= limits_.rows || b2b_count_ >= limits_.rows ||
               read_count_ >= limits_.rows;
    }
    void start();
    template <class Row>
    Row *new_rows();
    void add_day(const mdff::ChannelDetails &details, const mdff::IntervalDay &day);
    void add_b2b(const mdff::ChannelDetails &details, const mdff::B2bDetails &b2b, int64 file_id);
    void add_read(const mdff::AccumulationRead &read, int64 file_id);
    void add_read_b2b(const mdff::AccumulationB2b &b2b); // to the last read
    void close_read();                                   // no 550 follows
    text *new_text(std::string_view bytes);
    void remember_channel(const mdff::ChannelDetails &details);
    text *quality_text(const mdff::Quality &quality);
    text *events_text(const mdff::IntervalDay &day);
    varlena *values_of(const mdff::IntervalDay &day);
};

} // namespace nem12::load

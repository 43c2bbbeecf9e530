#pragma once
// The MDFF reader: bytes in, records and findings out. Push chunks of any size, pull events; memory is fixed.
//
//     Parser parser({.dialect = Dialect::kStrict});
//     for each chunk:  parser.push(chunk);   while ((e = parser.next()) != Event::kNeedInput) use(e);
//     at the end:      parser.finish();      while ((e = parser.next()) != Event::kEndOfInput) use(e);
//
// Pull, not callbacks: no frame of ours is on the stack while the caller acts on an event, so a caller whose errors
// unwind without destructors (PostgreSQL) is safe. For the same reason Parser owns no heap memory and is trivially
// destructible: place it in any memory and forget it.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include "mdff/finding.hpp"
#include "mdff/line_reader.hpp"
#include "mdff/record.hpp"
#include "mdff/value_scan.hpp"

namespace mdff {

enum class Event : uint8_t {
    kNeedInput,        // the chunk is used up: push the next one or finish()
    kFinding,          // finding(): comes before the record it is about; a record with an error is not handed out
    kHeader,           // header(): 100
    kChannel,          // channel(): 200
    kDay,              // day(): 300 with its 400s
    kB2bDetails,       // b2b(): 500
    kAccumulationRead, // accumulation(): 250
    kAccumulationB2b,  // accumulation_b2b(): 550
    kEndOfBlock,       // 900
    kEndOfInput,       // finish() was called and everything was handed out
};

struct ParserOptions {
    Dialect dialect = Dialect::kStrict;
    uint32_t max_errors = 1000;            // errors handed out; further ones are only counted
    uint32_t max_warnings = 1000;          // the same of warnings: many of them push no error out
    DateTime latest_created = kNoDateTime; // a 100 created later is refused (created_in_future); kNoDateTime: no limit
};

// The records that carry data. Each one read is handed out, or refused with an error on its line.
enum class RecordKind : uint8_t { kChannel, kDay, kEvent, kB2b, kRead, kReadB2b }; // 200, 300, 400, 500, 250, 550
inline constexpr int kRecordKinds = 6;

struct ParserCounts {
    uint64_t bytes, lines;
    uint64_t blocks;                                                                    // 100..900 sets
    uint64_t channels, days, events, b2b_details, accumulation_reads, accumulation_b2b; // handed out
    uint64_t readings;        // interval values in the days handed out
    uint64_t refused_records; // 200, 300, 400, 500, 250, 550 dropped for an error of their own or their parent's
    uint64_t seen[kRecordKinds], refused[kRecordKinds]; // by RecordKind
    uint64_t other_lines;                               // a 100, a 900, blank, or with a finding
    uint64_t errors, warnings;
    bool file_refused; // an error with Scope::kFile was found

    uint64_t handed_out(RecordKind kind) const noexcept;
    // The law of conservation, true at the end of input: every line is accounted for, and every record handed out or refused.
    bool add_up() const noexcept;
};

// Findings of one record that are handed out; further ones (hundreds of bad values in one 300) are only counted.
inline constexpr int kMaxFindingsPerRecord = 64;

struct Fields;

class Parser {
public:
    explicit Parser(const ParserOptions &options) noexcept;

    // The chunk must stay valid until next() returns kNeedInput. Cut anywhere, also inside a line.
    void push(std::span<const char> chunk) noexcept;
    void finish() noexcept;
    Event next() noexcept;

    const Finding &finding() const noexcept { return finding_; }
    const Header &header() const noexcept { return header_; }           // valid from kHeader on
    const ChannelDetails &channel() const noexcept { return channel_; } // valid from kChannel to the next one
    const IntervalDay &day() const noexcept { return day_; }
    const B2bDetails &b2b() const noexcept { return b2b_; }
    const AccumulationRead &accumulation() const noexcept { return accumulation_; }
    const AccumulationB2b &accumulation_b2b() const noexcept { return accumulation_b2b_; }
    const ParserCounts &counts() const noexcept { return counts_; }

private:
    enum class Block : uint8_t { kNone, kOpen, kEnded };
    enum class Parent : uint8_t { kMissing, kLost, kRefused, kGood }; // of the records that belong to another one
    enum class FileLook : uint8_t { kUnknown, kXml, kMdff, kNotMdff };
    enum class QualityUse : uint8_t { kDay, kEvent, kPreviousRead, kCurrentRead };

    // The dates of the 300s under one 200, a bit for each day of the range that interval dates must lie in.
    class DateSet {
    public:
        void clear() noexcept;
        void insert(Date date) noexcept;
        bool contains(Date date) const noexcept;
        static bool in_range(Date date) noexcept { return date.days >= kFirst && date.days <= kLast; }

    private:
        static constexpr int kFirst = 7305; // 1990-01-01
        static constexpr int kLast = 47481; // 2099-12-31
        uint64_t words_[(kLast - kFirst) / 64 + 1] = {};
        int lowest_ = kLast + 1, highest_ = kFirst - 1; // clear() touches no more than was set
    };

    ParserOptions options_;
    ParserCounts counts_{};
    LineReader reader_;

    // The record being read and what was found in it.
    Line line_{};
    bool has_line_ = false;           // taken from the reader, not read yet
    int record_ = 0;                  // its indicator, 0 when it has none
    bool refused_ = false;            // it has an error of its own
    bool explained_ = false;          // it has an error of its own or one that concerns the file
    Event ready_ = Event::kNeedInput; // to hand out after its findings; kNeedInput: nothing
    Finding findings_[kMaxFindingsPerRecord];
    int finding_count_ = 0;
    int next_finding_ = 0;
    uint32_t errors_handed_out_ = 0, warnings_handed_out_ = 0;
    Finding finding_{};

    // The file and the block.
    FileLook look_ = FileLook::kUnknown;
    std::string_view look_note_;
    uint64_t look_line_ = 0; // the first line that is not blank
    bool said_line_ending_ = false;
    bool said_end_ = false;
    bool any_record_ = false;
    Block block_ = Block::kNone;
    bool header_seen_ = false; // the open block began with a 100 or an assumed one
    bool has_version_ = false;
    bool has_data_ = false; // a record other than 100 and 900 in the open block
    Header header_{};

    // NEM12: the channel and its days.
    Parent channel_state_ = Parent::kMissing;
    bool channel_has_days_ = false;
    bool channel_has_good_days_ = false;
    // "line 17", which ended the context; two, since a line that loses it again may still have a finding to hand out.
    char lost_notes_[2][32];
    size_t lost_note_size_ = 0;
    int lost_note_ = 0;
    int interval_count_ = 0; // values a day of the channel has; 0 when its interval length is wrong
    int uom_decimals_ = 0;
    Date last_date_ = kNoDate; // the greatest readable one under this 200
    DateSet dates_;            // of all its days
    DateSet refused_dates_;
    ChannelDetails channel_{};
    B2bDetails b2b_{};

    // The day whose 400s are still being read, or the last one.
    bool day_open_ = false;
    Parent day_state_ = Parent::kMissing;
    bool b2b_seen_ = false;         // a 500 follows the day
    bool day_has_own_date_ = false; // no earlier day under this 200 has it
    bool events_good_ = true;
    uint32_t day_records_ = 0; // 300 and 400s
    bool day_explained_ = false;
    // Records of a refused day that have no error of their own, to be reported one by one: its 300, then 400s.
    uint64_t unexplained_lines_[kMaxIntervals + 1];
    int unexplained_count_ = 0, unexplained_next_ = 0;
    bool unexplained_day_ = false; // the first of them is the 300
    int last_interval_ = 0;        // covered by the 400s; -1: unknown, the last 400 is unreadable
    uint64_t last_event_line_ = 0;
    size_t event_count_ = 0;
    size_t event_text_size_ = 0;
    IntervalDay day_{};

    // NEM13.
    Parent read_state_ = Parent::kMissing;
    size_t read_b2b_size_ = 0; // of the 550s that the read has
    AccumulationRead accumulation_{};
    AccumulationB2b accumulation_b2b_{};

    DateMemo date_memos_[2];
    bool has_quoted_comma_ = false; // in the record being read
    bool context_ends_ = false;     // with it, since it was not understood

    // Texts and values that outlive their line, or whose line had to be changed to be read.
    char note_[24]; // for the text of a finding
    char day_method_[3];
    char day_description_[kMaxDescription];
    ScannedValues scanned_;
    IntervalEvent events_[kMaxIntervals];
    uint64_t event_lines_[kMaxIntervals];
    char event_methods_[kMaxIntervals][3];
    char event_text_[kMaxIntervals * kMaxDescription];
    char header_text_[kMaxLineLength];
    char channel_text_[kMaxLineLength];
    char record_text_[kMaxLineLength];

    // parser.cpp: the order of records, the 100 and the 900
    void report(Rule rule, int field = -1, std::string_view text = {}) noexcept;
    void report_at(uint64_t line, int record, Rule rule, int field = -1, std::string_view text = {}) noexcept;
    void report_as(Severity severity, Rule rule, int field, std::string_view text) noexcept;
    void add_finding(const Finding &finding) noexcept;
    bool next_finding() noexcept;
    bool report_next_unexplained() noexcept;
    bool is_mdff() noexcept;
    bool say_not_mdff(Rule rule, std::string_view text) noexcept;
    void read_data() noexcept;
    void read_unknown() noexcept;
    void lose_context() noexcept;
    void report_context_lost() noexcept;
    void refuse(RecordKind kind) noexcept;
    void take_line() noexcept;
    void say_line_rules() noexcept;
    void read_record() noexcept;
    void read_header() noexcept;
    void read_end() noexcept;
    void begin_block(bool assumed) noexcept;
    void finish_file() noexcept;
    bool belongs_to(Version version) noexcept;

    // parser_fields.cpp: rules that several records share
    void split_record(char *buffer, Fields &out, uint32_t text_fields = 0) noexcept;
    bool restore_commas(char *text, size_t size) noexcept;
    std::string_view clean_line(char *buffer) noexcept;
    size_t unquote(std::string_view line, char *buffer) noexcept;
    void check_fields(const Fields &fields, uint32_t text_fields) noexcept;
    bool check_count(const Fields &fields, int all, int least) noexcept;
    void check_length(const Fields &fields, int field, size_t most) noexcept;
    void check_mandatory(const Fields &fields, int field) noexcept;
    void upper_case(const Fields &fields, int field) noexcept;
    std::string_view check_nmi(const Fields &fields, int field) noexcept;
    void check_suffix(const Fields &fields, int configuration, int suffix, Version version) noexcept;
    void check_uom(const Fields &fields, int field, std::string_view suffix, Version version) noexcept;
    bool read_time(std::string_view text, int field, DateTime &out) noexcept;
    DateTime check_time(const Fields &fields, int field) noexcept;
    DecimalStatus check_decimal(std::string_view text, int field, Rule negative, Decimal &out) noexcept;
    DateTime check_update_time(const Fields &fields, int field) noexcept;
    Date check_next_read_date(const Fields &fields, int field) noexcept;
    void check_dial(const Fields &fields, int field) noexcept;
    std::string_view check_trans_code(const Fields &fields, int field) noexcept;
    Quality check_quality(const Fields &fields, int field, QualityUse use, Date date) noexcept;

    // parser_interval.cpp: 200, 400, 500
    void read_channel() noexcept;
    void check_interval_length(const Fields &fields, int field) noexcept;
    void close_channel() noexcept;
    void read_event() noexcept;
    void check_tiling(const Fields &fields, IntervalEvent &event) noexcept;
    void keep_event(const IntervalEvent &event) noexcept;
    void close_day() noexcept;
    void collect_unexplained(uint64_t explained_event) noexcept;
    void read_b2b() noexcept;
    bool find_day_of_b2b() noexcept;

    // parser_day.cpp: 300
    void read_day() noexcept;
    bool read_day_quickly() noexcept;
    void read_day_exactly() noexcept;
    bool read_value(std::string_view text, int field, int index) noexcept;
    void finish_values() noexcept;
    bool check_value_count(std::string_view line, const Separators &separators) noexcept;
    void report_value_count(int values) noexcept;
    void check_date(std::string_view text) noexcept;
    void take_date(Date date, std::string_view text) noexcept;
    void check_day_tail(const Fields &tail) noexcept;

    // parser_accumulation.cpp: 250, 550
    void read_accumulation() noexcept;
    RegisterRead check_read(const Fields &fields, int field, QualityUse use) noexcept;
    void read_accumulation_b2b() noexcept;
};

static_assert(std::is_trivially_destructible_v<Parser>);

} // namespace mdff

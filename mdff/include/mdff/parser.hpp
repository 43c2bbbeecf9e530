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
#include "mdff/record.hpp"

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

// The longest line that is read; longer ones are a finding (line_too_long) and skipped.
inline constexpr size_t kMaxLineLength = 16 * 1024;

class Parser {
public:
    explicit Parser(const ParserOptions &options) noexcept;
    Parser(const Parser &) = delete; // it points into itself
    Parser &operator=(const Parser &) = delete;

    // The chunk must stay valid until next() returns kNeedInput. Cut anywhere, also inside a line.
    void push(std::span<const char> chunk) noexcept;
    void finish() noexcept;
    Event next() noexcept;

    const Finding &finding() const noexcept;
    const Header &header() const noexcept;          // valid from kHeader on
    const ChannelDetails &channel() const noexcept; // valid from kChannel to the next one
    const IntervalDay &day() const noexcept;
    const B2bDetails &b2b() const noexcept;
    const AccumulationRead &accumulation() const noexcept;
    const AccumulationB2b &accumulation_b2b() const noexcept;
    const ParserCounts &counts() const noexcept;

private:
    class Machine; // mdff/src/parse/machine.hpp, in the storage below
    static constexpr size_t kSize = 184 * 1024, kAlignment = 8;
    alignas(kAlignment) std::byte storage_[kSize];

    Machine &machine() noexcept;
    const Machine &machine() const noexcept;
};

static_assert(std::is_trivially_destructible_v<Parser>);

} // namespace mdff

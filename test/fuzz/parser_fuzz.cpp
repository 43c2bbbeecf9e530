// Any bytes, cut anywhere, in both dialects: the parser must end, stay inside its buffers and hand out what it promises, and
// the same whatever the cuts and the level of the processor.
//
// Input: a byte for the dialect, a byte that chooses the cuts, the file.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <type_traits>
#include <vector>

#include "cpu/cpu.hpp"
#include "mdff/parser.hpp"
#include "require.hpp"

namespace {

using namespace mdff;

// A number that two runs share when everything handed out was the same (FNV-1a).
class Digest {
public:
    template <typename... Fields>
    void add(const Fields &...fields) {
        (add_one(fields), ...);
    }
    bool operator==(const Digest &) const = default;

private:
    uint64_t sum_ = 14695981039346656037U;

    void add_byte(uint8_t byte) { sum_ = (sum_ ^ byte) * 1099511628211U; }
    template <typename T>
    void add_one(const T &field) {
        if constexpr (std::is_convertible_v<T, std::string_view>) {
            const std::string_view text(field);
            for (const char c : text)
                add_byte(static_cast<uint8_t>(c)); // touches every byte: none may be gone
            add_one(text.size());
        } else if constexpr (std::is_same_v<T, Date>) {
            add_one(field.days);
        } else if constexpr (std::is_same_v<T, DateTime>) {
            add_one(field.seconds);
        } else if constexpr (std::is_same_v<T, Quality>) {
            add(field.method, field.reason_code, field.reason_description);
        } else if constexpr (std::is_same_v<T, RegisterRead>) {
            add(field.reading, field.time, field.quality);
        } else {
            const auto number = static_cast<uint64_t>(field);
            for (int shift = 0; shift < 64; shift += 8)
                add_byte(static_cast<uint8_t>(number >> shift));
        }
    }
};

void add_day(Digest &digest, const IntervalDay &day, Dialect dialect) {
    NEM12_REQUIRE(static_cast<int>(day.values.size()) == kMinutesPerDay / day.interval_length);
    NEM12_REQUIRE(day.scale <= kMaxScale);
    for (const int64_t value : day.values) {
        NEM12_REQUIRE(value <= kMaxMantissa && value >= -kMaxMantissa);
        NEM12_REQUIRE(value >= 0 || dialect == Dialect::kTolerant);
        digest.add(value);
    }
    int next = 1;
    for (const IntervalEvent &event : day.events) {
        NEM12_REQUIRE(event.start_interval == next && event.end_interval >= event.start_interval);
        next = event.end_interval + 1;
        digest.add(event.start_interval, event.end_interval, event.quality);
    }
    NEM12_REQUIRE(day.events.empty() || next == static_cast<int>(day.values.size()) + 1);
    digest.add(day.date, day.interval_length, day.scale, day.quality, day.updated, day.msats_loaded, day.line);
}

class Run {
public:
    explicit Run(Dialect dialect) : dialect_(dialect), parser_(std::make_unique<Parser>(ParserOptions{.dialect = dialect})) {}

    // The chunk is a block of its own, so that a look beyond it, or at it afterwards, is seen.
    void push(std::span<const char> bytes) {
        const auto chunk = std::make_unique<char[]>(bytes.size());
        std::copy(bytes.begin(), bytes.end(), chunk.get());
        parser_->push({chunk.get(), bytes.size()});
        drain(Event::kNeedInput);
    }

    Digest finish(size_t size) {
        parser_->finish();
        drain(Event::kEndOfInput);
        const ParserCounts &counts = parser_->counts();
        NEM12_REQUIRE(counts.bytes == size);
        NEM12_REQUIRE(counts.days == days_ && counts.readings == readings_ && counts.events == events_);
        NEM12_REQUIRE(counts.channels == channels_ && counts.b2b_details == b2bs_);
        NEM12_REQUIRE(counts.accumulation_reads == reads_ && counts.accumulation_b2b == read_b2bs_);
        NEM12_REQUIRE(counts.errors >= errors_ && counts.warnings >= warnings_);
        NEM12_REQUIRE(counts.refused_records == 0 || counts.errors > 0);
        NEM12_REQUIRE(!counts.file_refused || counts.errors > 0);
        NEM12_REQUIRE(counts.add_up()); // the law of conservation
        digest_.add(counts.lines, counts.blocks, counts.refused_records, counts.errors, counts.warnings, counts.file_refused);
        return digest_;
    }

private:
    Dialect dialect_;
    std::unique_ptr<Parser> parser_;
    Digest digest_;
    uint64_t channels_ = 0, days_ = 0, readings_ = 0, events_ = 0, b2bs_ = 0, reads_ = 0, read_b2bs_ = 0, errors_ = 0,
             warnings_ = 0;

    void drain(Event until) {
        for (Event event; (event = parser_->next()) != until;) {
            digest_.add(event);
            take(event);
        }
    }

    void take(Event event) {
        switch (event) {
        case Event::kFinding: {
            const Finding &finding = parser_->finding();
            ++(finding.severity == Severity::kError ? errors_ : warnings_);
            NEM12_REQUIRE(!rule_info(finding.rule).code.empty());
            digest_.add(finding.rule, finding.severity, finding.line, finding.record, finding.field, finding.text,
                        finding.note);
            break;
        }
        case Event::kHeader: {
            const Header &header = parser_->header();
            digest_.add(header.version, header.created, header.from_participant, header.to_participant, header.line,
                        header.assumed);
            break;
        }
        case Event::kChannel: {
            ++channels_;
            const ChannelDetails &channel = parser_->channel();
            const auto has_length = [&](std::initializer_list<int> lengths) {
                return std::find(lengths.begin(), lengths.end(), channel.interval_length) != lengths.end();
            };
            NEM12_REQUIRE(has_length({5, 15, 30}) || (dialect_ == Dialect::kTolerant && has_length({10, 20, 60})));
            digest_.add(channel.nmi, channel.nmi_configuration, channel.register_id, channel.nmi_suffix,
                        channel.mdm_data_stream, channel.meter_serial, channel.uom, channel.interval_length,
                        channel.next_scheduled_read, channel.line);
            break;
        }
        case Event::kDay:
            ++days_;
            readings_ += parser_->day().values.size();
            events_ += parser_->day().events.size();
            NEM12_REQUIRE(channels_ > 0);
            digest_.add(parser_->channel().nmi, parser_->channel().nmi_suffix);
            add_day(digest_, parser_->day(), dialect_);
            break;
        case Event::kB2bDetails: {
            ++b2bs_;
            const B2bDetails &b2b = parser_->b2b();
            NEM12_REQUIRE(days_ > 0);
            digest_.add(b2b.date, b2b.trans_code, b2b.ret_service_order, b2b.read_time, b2b.index_read, b2b.line);
            break;
        }
        case Event::kAccumulationRead: {
            ++reads_;
            const AccumulationRead &read = parser_->accumulation();
            NEM12_REQUIRE(read.quantity.scale <= kMaxScale);
            digest_.add(read.nmi, read.nmi_configuration, read.register_id, read.nmi_suffix, read.mdm_data_stream,
                        read.meter_serial, read.direction, read.previous, read.current, read.quantity.mantissa,
                        read.quantity.scale, read.uom, read.next_scheduled_read, read.updated, read.msats_loaded, read.line);
            break;
        }
        case Event::kAccumulationB2b: {
            ++read_b2bs_;
            NEM12_REQUIRE(reads_ > 0);
            const AccumulationB2b &b2b = parser_->accumulation_b2b();
            digest_.add(b2b.previous_trans_code, b2b.previous_ret_service_order, b2b.current_trans_code,
                        b2b.current_ret_service_order, b2b.line);
            break;
        }
        case Event::kEndOfBlock:
        case Event::kNeedInput:
        case Event::kEndOfInput: break;
        }
    }
};

// Sizes of chunks: 1 to `most` bytes, by a small generator, or always `most`.
class Cuts {
public:
    explicit Cuts(uint8_t choice) : most_(size_t{1} << (choice % 11)), varied_(choice >= 128), state_(choice) {}
    size_t next() {
        state_ = state_ * 1664525 + 1013904223;
        return varied_ ? 1 + (state_ >> 8) % most_ : most_;
    }

private:
    size_t most_;
    bool varied_;
    uint32_t state_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2)
        return 0;
    const Dialect dialect = data[0] % 2 == 0 ? Dialect::kStrict : Dialect::kTolerant;
    const std::span<const char> file(reinterpret_cast<const char *>(data) + 2, size - 2);

    Run in_chunks(dialect);
    Cuts cuts(data[1]);
    for (size_t at = 0; at < file.size();) {
        const size_t chunk = std::min(cuts.next(), file.size() - at);
        in_chunks.push(file.subspan(at, chunk));
        at += chunk;
    }
    const Digest wanted = in_chunks.finish(file.size());

    use_cpu_level(CpuLevel::kPortable);
    Run whole(dialect);
    whole.push(file);
    const Digest got = whole.finish(file.size());
    use_cpu_level(best_cpu_level());
    NEM12_REQUIRE(got == wanted);
    return 0;
}

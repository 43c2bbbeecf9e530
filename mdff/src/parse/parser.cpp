#include "mdff/parser.hpp"

#include <new>

#include "parse/machine.hpp"

namespace mdff {

uint64_t ParserCounts::handed_out(RecordKind kind) const noexcept {
    switch (kind) {
    case RecordKind::kChannel: return channels;
    case RecordKind::kDay: return days;
    case RecordKind::kEvent: return events;
    case RecordKind::kB2b: return b2b_details;
    case RecordKind::kRead: return accumulation_reads;
    default: return accumulation_b2b;
    }
}

bool ParserCounts::add_up() const noexcept {
    uint64_t records = 0, dropped = 0;
    for (int kind = 0; kind < kRecordKinds; ++kind) {
        if (seen[kind] != handed_out(static_cast<RecordKind>(kind)) + refused[kind])
            return false;
        records += seen[kind];
        dropped += refused[kind];
    }
    return records + other_lines == lines && dropped == refused_records;
}

Parser::Parser(const ParserOptions &options) noexcept {
    static_assert(sizeof(Machine) <= sizeof storage_ && alignof(Machine) <= kAlignment);
    static_assert(std::is_trivially_destructible_v<Machine>);
    new (storage_) Machine(options);
}

Parser::Machine &Parser::machine() noexcept { return *std::launder(reinterpret_cast<Machine *>(storage_)); }

const Parser::Machine &Parser::machine() const noexcept { return *std::launder(reinterpret_cast<const Machine *>(storage_)); }

void Parser::push(std::span<const char> chunk) noexcept {
    machine().reading.counts.bytes += chunk.size();
    machine().lines.push(chunk);
}

void Parser::finish() noexcept { machine().lines.finish(); }

Event Parser::next() noexcept { return machine().next(); }

const Finding &Parser::finding() const noexcept { return machine().finding; }
const Header &Parser::header() const noexcept { return machine().blocks.header(); }
const ChannelDetails &Parser::channel() const noexcept { return machine().intervals.channel(); }
const IntervalDay &Parser::day() const noexcept { return machine().intervals.day(); }
const B2bDetails &Parser::b2b() const noexcept { return machine().intervals.b2b(); }
const AccumulationRead &Parser::accumulation() const noexcept { return machine().accumulation.accumulation(); }
const AccumulationB2b &Parser::accumulation_b2b() const noexcept { return machine().accumulation.b2b(); }
const ParserCounts &Parser::counts() const noexcept { return machine().reading.counts; }

} // namespace mdff

#pragma once
// Runs the parser over a text and writes down everything it hands out.

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mdff/parser.hpp"

namespace mdff::test {

struct Found {
    std::string code;
    Severity severity;
    uint64_t line;
    int record;
    int field;
    std::string text;
};

struct Parsed {
    std::vector<Found> findings;
    std::vector<std::string> events; // findings and records in the order handed out, every field in text
    ParserCounts counts{};

    bool has(std::string_view code) const {
        return std::any_of(findings.begin(), findings.end(), [&](const Found &found) { return found.code == code; });
    }
    const Found *first_error() const {
        const auto found = std::find_if(findings.begin(), findings.end(),
                                        [](const Found &finding) { return finding.severity == Severity::kError; });
        return found == findings.end() ? nullptr : &*found;
    }
};

inline std::string text_of(const Quality &quality) {
    return std::string(quality.method) + "/" + std::to_string(quality.reason_code) + "/" +
           std::string(quality.reason_description);
}

inline std::string text_of_day(const IntervalDay &day) {
    std::string text = "day " + std::to_string(day.date.days) + " " + text_of(day.quality) + " " +
                       std::to_string(day.updated.seconds) + " " + std::to_string(day.msats_loaded.seconds) + " line " +
                       std::to_string(day.line) + ":";
    char number[kMaxDecimalLength];
    for (const int64_t value : day.values) {
        text += " " + std::string(number, static_cast<size_t>(format_decimal(value, day.scale, number)));
    }
    for (const IntervalEvent &event : day.events) {
        text += "; " + std::to_string(event.start_interval) + "-" + std::to_string(event.end_interval) + " " +
                text_of(event.quality);
    }
    return text;
}

inline std::string text_of_event(const Parser &parser, Event event) {
    const auto joined = [](std::initializer_list<std::string_view> parts) {
        std::string text;
        for (const std::string_view part : parts)
            text.append(part).append("|");
        return text;
    };
    switch (event) {
    case Event::kFinding: {
        const Finding &finding = parser.finding();
        return joined({"finding", rule_info(finding.rule).code, name_of(finding.severity), std::to_string(finding.line),
                       std::to_string(finding.record), std::to_string(finding.field), finding.text});
    }
    case Event::kHeader: {
        const Header &header = parser.header();
        return joined({"header", header.version == Version::kNem12 ? "NEM12" : "NEM13", std::to_string(header.created.seconds),
                       header.from_participant, header.to_participant, std::to_string(header.line),
                       header.assumed ? "assumed" : ""});
    }
    case Event::kChannel: {
        const ChannelDetails &channel = parser.channel();
        return joined({"channel", channel.nmi, channel.nmi_configuration, channel.register_id, channel.nmi_suffix,
                       channel.mdm_data_stream, channel.meter_serial, channel.uom, std::to_string(channel.interval_length),
                       std::to_string(channel.next_scheduled_read.days), std::to_string(channel.line)});
    }
    case Event::kDay: return text_of_day(parser.day());
    case Event::kB2bDetails: {
        const B2bDetails &b2b = parser.b2b();
        return joined({"b2b", std::to_string(b2b.date.days), b2b.trans_code, b2b.ret_service_order,
                       std::to_string(b2b.read_time.seconds), b2b.index_read, std::to_string(b2b.line)});
    }
    case Event::kAccumulationRead: {
        const AccumulationRead &read = parser.accumulation();
        return joined({"accumulation", read.nmi, read.nmi_suffix, read.direction, read.previous.reading,
                       std::to_string(read.previous.time.seconds), text_of(read.previous.quality), read.current.reading,
                       std::to_string(read.current.time.seconds), text_of(read.current.quality),
                       std::to_string(read.quantity.mantissa), std::to_string(read.quantity.scale), read.uom,
                       std::to_string(read.next_scheduled_read.days), std::to_string(read.updated.seconds)});
    }
    case Event::kAccumulationB2b: {
        const AccumulationB2b &b2b = parser.accumulation_b2b();
        return joined({"accumulation b2b", b2b.previous_trans_code, b2b.previous_ret_service_order, b2b.current_trans_code,
                       b2b.current_ret_service_order});
    }
    case Event::kEndOfBlock: return "end of block";
    default: return "";
    }
}

// Pushes `text` in pieces of `chunk` bytes, each in a buffer of its own that ends where the piece ends.
inline Parsed parse(std::string_view text, const ParserOptions &options, size_t chunk = SIZE_MAX) {
    Parsed parsed;
    const auto parser = std::make_unique<Parser>(options);
    const auto drain = [&](Event until) {
        for (Event event; (event = parser->next()) != until;) {
            parsed.events.push_back(text_of_event(*parser, event));
            if (event != Event::kFinding)
                continue;
            const Finding &finding = parser->finding();
            parsed.findings.push_back({std::string(rule_info(finding.rule).code), finding.severity, finding.line,
                                       finding.record, finding.field, std::string(finding.text)});
        }
    };
    for (size_t at = 0; at < text.size();) {
        const std::string_view piece = text.substr(at, chunk);
        const std::vector<char> copy(piece.begin(), piece.end());
        parser->push(copy);
        drain(Event::kNeedInput);
        at += piece.size();
    }
    parser->finish();
    drain(Event::kEndOfInput);
    parsed.counts = parser->counts();
    return parsed;
}

inline Parsed parse(std::string_view text, Dialect dialect) { return parse(text, ParserOptions{.dialect = dialect}); }

// Expands what test files are written with: {H} a 100, {C} a 200 (30 minutes), {D} a good 300, {T} the tail of a good 300,
// {48} its values, {47} one value less, {A} a NEM13 100, {R} a 250; each line of the text ends in CRLF.
inline std::string expand(std::string text) {
    const auto replace = [&text](std::string_view from, std::string_view to) {
        for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
            text.replace(at, from.size(), to);
    };
    std::string values;
    for (int i = 0; i < 47; ++i)
        values += ",1." + std::to_string(100 + i);
    replace("{H}", "100,NEM12,202405010000,MDP1,RET1");
    replace("{A}", "100,NEM13,202405010000,MDP1,RET1");
    replace("{C}", "200,NEM1201006,E1B1,1,E1,N1,METER1,kWh,30,20240601");
    replace("{D}", "300,20240401{48}{T}");
    replace("{T}", ",A,,,20240402000000,");
    replace("{R}",
            "250,NEM1301009,11,1,11,11,METER1,E,000.5,20240101000001,A,,,010.5,20240401000001,A,,,10.0,kWh,,20240402000000,");
    replace("{47}", values);
    replace("{48}", values + ",9.999");
    replace("\n", "\r\n");
    replace("{LF}\r\n", "\n");
    replace("{NOEOL}\r\n", "");
    replace("{NUL}", std::string_view("\0", 1));
    replace("{BOM}", "\xEF\xBB\xBF");
    replace("{LONG}", std::string(kMaxLineLength, '1'));
    replace("{241}", std::string(241, 'x'));
    return text;
}

} // namespace mdff::test

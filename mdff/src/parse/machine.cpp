#include "parse/machine.hpp"

#include <algorithm>
#include <utility>

#include "mdff/without.hpp"
#include "parse/record_kind.hpp"

namespace mdff {

Event Parser::Machine::next() noexcept {
    for (;;) {
        if (reading.log.next(finding))
            return Event::kFinding;
        if (intervals.report_next_unexplained())
            continue;
        if (reading.ready != Event::kNeedInput)
            return std::exchange(reading.ready, Event::kNeedInput);
        if (!has_line_) {
            const LineStatus status = lines.next(reading.record.line);
            if (status == LineStatus::kNeedInput)
                return Event::kNeedInput;
            if (status == LineStatus::kEnd) {
                if (ended_)
                    return Event::kEndOfInput;
                end_input();
                continue;
            }
            take_line();
        }
        step();
    }
}

void Parser::Machine::take_line() noexcept {
    has_line_ = true;
    ++reading.counts.lines;
    reading.record.begin();
}

// One thing at a time, so that everything said of it is handed out before the next.
void Parser::Machine::step() noexcept {
    const RecordLine &record = reading.record;
    if (!look_.is_mdff(record.line)) {
        has_line_ = false;
        ++reading.counts.other_lines;
        return;
    }
    // A day is complete, and said so, before anything is said about the line that ends it. Lines that are no records do not.
    const bool is_aside = is_foreign(record.indicator) || (!is_known(record.indicator) && is_blank(record.line.text));
    if (intervals.day_is_open() && record.indicator != 400 && !is_aside)
        return intervals.close_day();
    if (is_data(record.indicator) && blocks.needs_header()) {
        intervals.begin_block();
        accumulation.begin_block();
        return blocks.assume_header();
    }
    has_line_ = false;
    read_record();
}

void Parser::Machine::read_record() noexcept {
    const RecordLine &record = reading.record;
    check_line_end();
    if (record.line.too_long)
        reading.log.report(Rule::kLineTooLong, -1, record.line.text);
    if (is_data(record.indicator))
        return read_data();
    ++reading.counts.other_lines;
    if (is_blank(record.line.text))
        return reading.log.report(Rule::kBlankLine);
    if (!is_known(record.indicator))
        return read_unknown();
    intervals.close_channel();
    accumulation.begin_block();
    record.indicator == 100 ? blocks.read_header() : blocks.read_end();
}

// LF, BOM and the missing last line end are said once: whole files are like that.
void Parser::Machine::check_line_end() noexcept {
    const Line &line = reading.record.line;
    if (line.byte_order_mark)
        reading.log.report(Rule::kByteOrderMark);
    if (!line.line_feed) {
        reading.log.report(Rule::kNoFinalLineEnding);
    } else if (!line.carriage_return && !line.too_long && !said_line_ending_) {
        said_line_ending_ = true;
        reading.log.report(Rule::kLineEnding);
    }
}

void Parser::Machine::read_data() noexcept {
    const RecordLine &record = reading.record;
    blocks.see_data();
    switch (record.indicator) {
    case 200: reading.see(RecordKind::kChannel), intervals.read_channel(); break;
    case 300: reading.see(RecordKind::kDay), intervals.read_day(); break;
    case 400: reading.see(RecordKind::kEvent), intervals.read_event(); break;
    case 500: reading.see(RecordKind::kB2b), intervals.read_b2b(); break;
    case 250: reading.see(RecordKind::kRead), accumulation.read(); break;
    default: reading.see(RecordKind::kReadB2b), accumulation.read_b2b(); break;
    }
    // More than one record may hide in such a line.
    const bool several = record.line.too_long || (reading.log.explained() && has_control_character(record.line.text));
    if (record.ends_context || several)
        lose_context();
}

void Parser::Machine::read_unknown() noexcept {
    RecordLine &record = reading.record;
    const std::string_view line = record.line.text;
    Fields fields;
    char *const end = reading.text + line.copy(reading.text, sizeof reading.text);
    const auto size = static_cast<size_t>(std::remove(reading.text, end, '"') - reading.text);
    split_fields(reading.text, size, 0, fields);
    const bool foreign = is_foreign(record.indicator) && !record.line.too_long && !resembles_a_record(fields);
    const bool left_out = foreign && reading.options.dialect == Dialect::kTolerant;
    reading.log.report_as(left_out ? Severity::kWarning : Severity::kError, Rule::kUnknownRecord, 0, line);
    if (!is_plain(line))
        record.clean(reading.text); // for what it says about characters
    if (foreign)
        return;
    lose_context();
    if (names_a_version(line))
        blocks.forget_header();
}

// A line that was not understood may have been the parent of the records after it.
void Parser::Machine::lose_context() noexcept {
    if (NEM12_WITHOUT(context_rule))
        return;
    if (intervals.day_is_open())
        intervals.close_day();
    intervals.close_channel();
    reading.lose_context();
    intervals.lose_context();
    accumulation.lose_context();
}

void Parser::Machine::end_input() noexcept {
    if (intervals.day_is_open())
        return intervals.close_day();
    ended_ = true;
    intervals.close_channel();
    look_.finish();
    if (!look_.refused())
        blocks.finish();
}

} // namespace mdff

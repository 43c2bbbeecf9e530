#include "mdff/parser.hpp"

#include <algorithm>

#include "fields.hpp"

namespace mdff {

namespace {

// The record indicator a line starts with, whatever else is wrong with the line; 0 when there is none.
int indicator_of(std::string_view line) noexcept {
    while (!line.empty() && (line.front() == ' ' || line.front() == '"'))
        line.remove_prefix(1);
    int indicator = 0;
    if (line.size() < 3 || !parse_number(line.substr(0, 3), indicator))
        return 0;
    const char after = line.size() == 3 ? ',' : line[3];
    return after == ',' || after == ' ' || after == '"' || after == '\r' ? indicator : 0;
}

bool is_known(int record) noexcept {
    switch (record) {
    case 100:
    case 200:
    case 300:
    case 400:
    case 500:
    case 250:
    case 550:
    case 900: return true;
    default: return false;
    }
}

bool is_data(int record) noexcept { return is_known(record) && record != 100 && record != 900; }

Version version_of(int record) noexcept { return record == 250 || record == 550 ? Version::kNem13 : Version::kNem12; }

} // namespace

Parser::Parser(const ParserOptions &options) noexcept : options_(options) {}

void Parser::push(std::span<const char> chunk) noexcept {
    counts_.bytes += chunk.size();
    reader_.push(chunk);
}

void Parser::finish() noexcept { reader_.finish(); }

Event Parser::next() noexcept {
    for (;;) {
        if (next_finding())
            return Event::kFinding;
        if (ready_ != Event::kNeedInput) {
            const Event event = ready_;
            ready_ = Event::kNeedInput;
            return event;
        }
        if (!has_line_) {
            const LineStatus status = reader_.next(line_);
            if (status == LineStatus::kNeedInput)
                return Event::kNeedInput;
            if (status == LineStatus::kEnd) {
                if (said_end_)
                    return Event::kEndOfInput;
                if (day_open_) {
                    close_day();
                } else {
                    finish_file();
                }
                continue;
            }
            take_line();
        }
        // A day is complete, and said so, before anything is said about the record that ends it.
        if (day_open_ && is_known(record_) && record_ != 400) {
            close_day();
            continue;
        }
        const bool needs_block = block_ != Block::kOpen || !header_seen_;
        if (needs_block && is_data(record_)) {
            begin_block(true);
            continue;
        }
        has_line_ = false;
        read_record();
    }
}

bool Parser::next_finding() noexcept {
    while (next_finding_ < finding_count_) {
        finding_ = findings_[next_finding_++];
        if (findings_handed_out_ >= options_.max_findings)
            continue;
        ++findings_handed_out_;
        return true;
    }
    finding_count_ = 0;
    next_finding_ = 0;
    return false;
}

void Parser::report(Rule rule, int field, std::string_view text) noexcept {
    report_at(line_.number, record_, rule, field, text);
}

void Parser::report_at(uint64_t line, int record, Rule rule, int field, std::string_view text) noexcept {
    const Severity severity = severity_of(rule, options_.dialect);
    if (severity == Severity::kError) {
        ++counts_.errors;
        if (rule_info(rule).scope == Scope::kFile) {
            counts_.file_refused = true;
        } else {
            refused_ = true;
        }
    } else {
        ++counts_.warnings;
    }
    if (finding_count_ == kMaxFindingsPerRecord)
        return;
    findings_[finding_count_++] = {rule, severity, line, record, field, text.substr(0, kMaxFindingText)};
}

void Parser::take_line() noexcept {
    has_line_ = true;
    ++counts_.lines;
    record_ = indicator_of(line_.text);
}

// What concerns lines rather than records. LF, BOM and the missing last line end are said once: whole files are like that.
void Parser::say_line_rules() noexcept {
    if (line_.byte_order_mark)
        report(Rule::kByteOrderMark);
    if (!line_.line_feed) {
        report(Rule::kNoFinalLineEnding);
    } else if (!line_.carriage_return && !line_.too_long && !said_line_ending_) {
        said_line_ending_ = true;
        report(Rule::kLineEnding);
    }
    refused_ = false;
}

void Parser::read_record() noexcept {
    refused_ = false;
    say_line_rules();
    if (line_.too_long)
        report(Rule::kLineTooLong, -1, line_.text);
    if (trim(line_.text).empty())
        return report(Rule::kBlankLine);
    if (!is_known(record_)) {
        report(Rule::kUnknownRecord, 0, line_.text);
        if (is_plain(line_.text))
            return;
        clean_line(record_text_); // for what it says about characters
        return;
    }
    any_record_ = true;
    if (is_data(record_))
        has_data_ = true;
    switch (record_) {
    case 100: return read_header();
    case 200: return read_channel();
    case 300: return read_day();
    case 400: return read_event();
    case 500: return read_b2b();
    case 250: return read_accumulation();
    case 550: return read_accumulation_b2b();
    default: return read_end();
    }
}

// For a data record that no 100 precedes: its version is taken from the record. The record itself is read afterwards.
void Parser::begin_block(bool assumed) noexcept {
    if (block_ != Block::kOpen) {
        ++counts_.blocks;
        has_data_ = false;
        if (assumed) {
            report(block_ == Block::kNone ? Rule::kMissingHeader : Rule::kRecordAfterEnd, -1, line_.text);
            header_.created = kNoDateTime;
            header_.from_participant = {};
            header_.to_participant = {};
        }
    }
    block_ = Block::kOpen;
    channel_state_ = Parent::kMissing;
    day_state_ = Parent::kMissing;
    read_state_ = Parent::kMissing;
    b2b_seen_ = false;
    channel_has_days_ = true;
    header_seen_ = !assumed;
    if (!assumed)
        return;
    header_seen_ = true;
    has_version_ = true;
    header_.version = version_of(record_);
    header_.line = line_.number;
    header_.assumed = true;
    ready_ = Event::kHeader;
}

void Parser::read_header() noexcept {
    close_channel();
    if (block_ == Block::kOpen) {
        report(Rule::kMissingEnd);
        block_ = Block::kEnded;
    } else if (block_ == Block::kEnded) {
        report(Rule::kSeveralBlocks);
    }
    begin_block(false);
    header_ = {Version::kNem12, kNoDateTime, {}, {}, line_.number, false};

    Fields fields;
    split_record(header_text_, fields);
    check_count(fields, 5, 2);
    upper_case(fields, 1);
    has_version_ = fields[1] == "NEM12" || fields[1] == "NEM13";
    header_.version = fields[1] == "NEM13" ? Version::kNem13 : Version::kNem12;
    if (!has_version_)
        report(Rule::kVersionUnknown, 1, fields[1]);

    if (!parse_date_time(fields[2], header_.created)) {
        report(Rule::kHeaderTime, 2, fields[2]);
    } else {
        if (fields[2].size() == 14)
            report(Rule::kHeaderTimeSeconds, 2, fields[2]);
        const bool limited = options_.latest_created != kNoDateTime;
        if (limited && header_.created > options_.latest_created)
            report(Rule::kCreatedInFuture, 2, fields[2]);
    }
    for (const int field : {3, 4}) {
        if (fields[field].empty())
            report(Rule::kParticipantEmpty, field);
        check_length(fields, field, 10);
    }
    for (const int field : {1, 2, 3, 4}) {
        if (fields[field].find('#') != std::string_view::npos)
            report(Rule::kHeaderHash, field, fields[field]);
    }
    header_.from_participant = fields[3];
    header_.to_participant = fields[4];
    // Without a version the first data record decides; it then hands the header out.
    header_seen_ = has_version_;
    if (has_version_)
        ready_ = Event::kHeader;
}

void Parser::read_end() noexcept {
    close_channel();
    Fields fields;
    split_record(record_text_, fields);
    check_count(fields, 1, 1);
    if (block_ == Block::kEnded)
        return report(Rule::kRecordAfterEnd);
    if (block_ == Block::kNone)
        report(Rule::kMissingHeader);
    if (block_ == Block::kNone || !has_data_)
        report(Rule::kNoRecords);
    if (block_ == Block::kOpen)
        ready_ = Event::kEndOfBlock;
    block_ = Block::kEnded;
    header_seen_ = false;
    channel_state_ = Parent::kMissing;
    day_state_ = Parent::kMissing;
    read_state_ = Parent::kMissing;
}

void Parser::finish_file() noexcept {
    said_end_ = true;
    close_channel();
    if (!any_record_)
        return report_at(1, 0, Rule::kEmptyFile);
    if (block_ == Block::kOpen)
        report_at(counts_.lines, 0, Rule::kMissingEnd);
}

// False, with a finding, when the record does not go with the version of its block.
bool Parser::belongs_to(Version version) noexcept {
    if (header_.version == version)
        return true;
    report(Rule::kMixedVersions, 0, line_.text);
    return false;
}

} // namespace mdff

#include "mdff/parser.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "fields.hpp"
#include "mdff/code_tables.hpp"
#include "mdff/without.hpp"
#include "not_mdff.hpp"

namespace mdff {

namespace {

// The record indicator that is the line's first field, whatever else is wrong with the line; 0 when there is none.
int indicator_of(std::string_view line) noexcept {
    int indicator = 0;
    if (line.size() > 3 && line[3] == ',')
        return parse_number(line.substr(0, 3), indicator) ? indicator : 0;
    const auto skip = [&line](char c) {
        while (!line.empty() && line.front() == c)
            line.remove_prefix(1);
    };
    skip(' ');
    const bool quoted = line.starts_with('"');
    if (quoted)
        line.remove_prefix(1);
    skip(' ');
    if (line.size() < 3 || !parse_number(line.substr(0, 3), indicator))
        return 0;
    line.remove_prefix(3);
    skip(' ');
    if (quoted) {
        if (!line.starts_with('"'))
            return 0;
        line.remove_prefix(1);
        skip(' ');
    }
    return line.empty() || line.front() == ',' || line == "\r" ? indicator : 0;
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

// Records of other systems that stand among those of the format, such as 600 and 610.
bool is_foreign(int record) noexcept { return record >= 600 && record < 900; }

// Fields that only a 200, 250, 300, 400, 500 or 550 has: a record of ours whose indicator is damaged, one bit makes a 600 of a
// 200.
bool resembles_a_record(const Fields &fields) noexcept {
    int method = 0, number = 0;
    Date date{};
    DateTime time{};
    const auto is_quality = [&](int field) { return parse_quality_method(fields[field], method) != QualityFlag::kInvalid; };
    const auto is_number = [&](int field) { return parse_number(fields[field], number); };
    // A NMI, its suffixes and one of these stand in the same fields of a 200 and a 250.
    const bool has_suffix = fields[4].size() == 2 && (fields[2].empty() || fields[2].find(fields[4]) != std::string_view::npos);
    const bool channel = (find_uom(fields[7]) != nullptr && is_number(8)) || (!fields[1].empty() && has_suffix);
    const bool read = parse_date_time(fields[9], time) && parse_date_time(fields[14], time);
    const bool day = parse_date(fields[1], date) && fields.count > Fields::kMax;
    const bool event = is_number(1) && is_number(2) && is_quality(3);
    const bool b2b = trans_code_is_valid(fields[1]) && (parse_date_time(fields[3], time) || trans_code_is_valid(fields[3]));
    return channel || read || day || event || b2b;
}

bool names_a_version(std::string_view line) noexcept {
    return line.find(",NEM12,") != std::string_view::npos || line.find(",NEM13,") != std::string_view::npos;
}

// Excel writes empty rows as commas.
bool is_blank(std::string_view line) noexcept { return line.find_first_not_of(" ,") == std::string_view::npos; }

// Of lines that are no records of the format.
bool leaves_context(int record, std::string_view line) noexcept { return is_foreign(record) || is_blank(line); }

bool is_data(int record) noexcept { return is_known(record) && record != 100 && record != 900; }

Version version_of(int record) noexcept { return record == 250 || record == 550 ? Version::kNem13 : Version::kNem12; }

} // namespace

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
        if (report_next_unexplained())
            continue;
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
        if (look_ != FileLook::kMdff && !is_mdff()) {
            has_line_ = false;
            ++counts_.other_lines;
            continue;
        }
        // A day is complete, and said so, before anything is said about the line that ends it.
        if (day_open_ && record_ != 400 && (is_known(record_) || !leaves_context(record_, line_.text))) {
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
        const bool is_error = finding_.severity == Severity::kError;
        uint32_t &handed_out = is_error ? errors_handed_out_ : warnings_handed_out_;
        if (handed_out >= (is_error ? options_.max_errors : options_.max_warnings))
            continue;
        ++handed_out;
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
    add_finding({rule, severity_of(rule, options_.dialect), line, record, field, text.substr(0, kMaxFindingText), {}});
}

// For the few rules whose severity depends on what was found.
void Parser::report_as(Severity severity, Rule rule, int field, std::string_view text) noexcept {
    add_finding({rule, severity, line_.number, record_, field, text.substr(0, kMaxFindingText), {}});
}

void Parser::add_finding(const Finding &finding) noexcept {
    constexpr int kMaxWarnings = kMaxFindingsPerRecord / 2; // the rest is kept for errors
    const bool is_error = finding.severity == Severity::kError;
    if (is_error) {
        ++counts_.errors;
        explained_ = true;
        if (rule_info(finding.rule).scope == Scope::kFile) {
            counts_.file_refused = true;
        } else {
            refused_ = true;
        }
    } else {
        ++counts_.warnings;
    }
    if (finding_count_ < (is_error ? kMaxFindingsPerRecord : kMaxWarnings))
        findings_[finding_count_++] = finding;
}

// A refused day's records are more than findings_ has room for, so they are reported one at a time.
bool Parser::report_next_unexplained() noexcept {
    if (unexplained_next_ == unexplained_count_)
        return false;
    const bool is_day = unexplained_next_ == 0 && unexplained_day_;
    const bool refused = refused_, explained = explained_; // of the record being read, which this is not about
    report_at(unexplained_lines_[unexplained_next_++], is_day ? 300 : 400, Rule::kParentRefused);
    refused_ = refused;
    explained_ = explained;
    return true;
}

// Whether the line belongs to an MDFF: decided at the first line that is not blank, for XML at a later one.
bool Parser::is_mdff() noexcept {
    constexpr uint64_t kMaxXmlLines = 50; // to find the name of its root element in
    if (look_ == FileLook::kNotMdff)
        return false;
    if (is_blank(line_.text))
        return look_ == FileLook::kUnknown; // a blank line before the first record has its own finding
    if (look_ == FileLook::kUnknown) {
        const FirstLook first = look_at(line_.text);
        look_line_ = line_.number;
        look_note_ = first.note;
        switch (first.look) {
        case Look::kMdff: look_ = FileLook::kMdff; return true;
        case Look::kOther: return say_not_mdff(Rule::kNotMdff, line_.text);
        case Look::kXml: look_ = FileLook::kXml; break;
        }
    }
    if (names_asexml(line_.text))
        return say_not_mdff(Rule::kAseXml, {});
    if (names_html(line_.text)) {
        look_note_ = kLooksLikeHtml;
        return say_not_mdff(Rule::kNotMdff, {});
    }
    return line_.number - look_line_ >= kMaxXmlLines ? say_not_mdff(Rule::kNotMdff, {}) : false;
}

bool Parser::say_not_mdff(Rule rule, std::string_view text) noexcept {
    look_ = FileLook::kNotMdff;
    add_finding({rule, Severity::kError, look_line_, 0, -1, text.substr(0, kMaxFindingText),
                 rule == Rule::kNotMdff ? look_note_ : std::string_view{}});
    return false;
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
    explained_ = false;
    context_ends_ = false;
    has_quoted_comma_ = false;
    say_line_rules();
    if (line_.too_long)
        report(Rule::kLineTooLong, -1, line_.text);
    if (is_data(record_)) {
        any_record_ = has_data_ = true;
        return read_data();
    }
    ++counts_.other_lines;
    if (is_blank(line_.text))
        return report(Rule::kBlankLine);
    if (!is_known(record_))
        return read_unknown();
    any_record_ = true;
    if (record_ == 100)
        return read_header();
    read_end();
}

void Parser::read_data() noexcept {
    const auto see = [this](RecordKind kind) { ++counts_.seen[static_cast<int>(kind)]; };
    switch (record_) {
    case 200: see(RecordKind::kChannel), read_channel(); break;
    case 300: see(RecordKind::kDay), read_day(); break;
    case 400: see(RecordKind::kEvent), read_event(); break;
    case 500: see(RecordKind::kB2b), read_b2b(); break;
    case 250: see(RecordKind::kRead), read_accumulation(); break;
    default: see(RecordKind::kReadB2b), read_accumulation_b2b(); break;
    }
    // More than one record may hide in such a line.
    if (context_ends_ || line_.too_long || (explained_ && has_control_character(line_.text)))
        lose_context();
}

void Parser::read_unknown() noexcept {
    Fields fields;
    char *const end = record_text_ + line_.text.copy(record_text_, sizeof record_text_);
    const auto size = static_cast<size_t>(std::remove(record_text_, end, '"') - record_text_);
    split_fields(record_text_, size, 0, fields);
    const bool foreign = is_foreign(record_) && !line_.too_long && !resembles_a_record(fields);
    const bool left_out = foreign && options_.dialect == Dialect::kTolerant;
    report_as(left_out ? Severity::kWarning : Severity::kError, Rule::kUnknownRecord, 0, line_.text);
    if (!is_plain(line_.text))
        clean_line(record_text_); // for what it says about characters
    if (foreign)
        return;
    lose_context();
    if (!names_a_version(line_.text))
        return;
    // It may be the 100 record of what follows: the header before it does not speak for that.
    block_ = Block::kNone;
    header_seen_ = false;
}

// A line that was not understood may have been the parent of the records after it.
void Parser::lose_context() noexcept {
    if (NEM12_WITHOUT(context_rule))
        return;
    if (day_open_)
        close_day();
    close_channel();
    lost_note_ = 1 - lost_note_;
    constexpr std::string_view kLine = "line ";
    char *const note = lost_notes_[lost_note_];
    std::memcpy(note, kLine.data(), kLine.size());
    char *const end = std::to_chars(note + kLine.size(), note + sizeof lost_notes_[0], line_.number).ptr;
    lost_note_size_ = static_cast<size_t>(end - note);
    channel_state_ = Parent::kLost;
    day_state_ = Parent::kLost;
    read_state_ = Parent::kLost;
    channel_has_days_ = true; // nothing is said about a channel that was lost
}

void Parser::report_context_lost() noexcept { report(Rule::kContextLost, -1, {lost_notes_[lost_note_], lost_note_size_}); }

// Counts a record that is not handed out, and makes sure that its line has an error.
void Parser::refuse(RecordKind kind) noexcept {
    if (!explained_)
        report(Rule::kParentRefused);
    ++counts_.refused[static_cast<int>(kind)];
    ++counts_.refused_records;
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
        const bool readable = options_.dialect == Dialect::kTolerant && parse_iso_date_time(fields[2], header_.created);
        report(readable ? Rule::kTimeIso : Rule::kHeaderTime, 2, fields[2]);
    }
    if (header_.created != kNoDateTime) {
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
    if (look_ == FileLook::kXml)
        say_not_mdff(Rule::kNotMdff, {});
    if (look_ == FileLook::kNotMdff)
        return;
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

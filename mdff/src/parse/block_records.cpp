#include "parse/block_records.hpp"

#include "parse/record_kind.hpp"

namespace mdff {

void BlockRecords::open() noexcept {
    state_ = State::kOpen;
    has_data_ = false;
    ++reading_.counts.blocks;
}

void BlockRecords::assume_header() noexcept {
    const RecordLine &record = reading_.record;
    if (state_ != State::kOpen) {
        const Rule rule = state_ == State::kNone ? Rule::kMissingHeader : Rule::kRecordAfterEnd;
        log_.report_at(record.line.number, record.indicator, rule, -1, record.line.text);
        open();
        header_.created = kNoDateTime;
        header_.from_participant = header_.to_participant = {};
    }
    has_header_ = true;
    header_.version = reading_.version = version_of(record.indicator);
    header_.line = record.line.number;
    header_.assumed = true;
    reading_.ready = Event::kHeader;
}

void BlockRecords::read_header() noexcept {
    any_record_ = true;
    if (state_ == State::kOpen) {
        log_.report(Rule::kMissingEnd);
    } else if (state_ == State::kEnded) {
        log_.report(Rule::kSeveralBlocks);
    }
    open();
    header_ = {Version::kNem12, kNoDateTime, {}, {}, reading_.record.line.number, false};

    Fields fields;
    reading_.record.split(text_, fields);
    reading_.record.check_count(fields, 5, 2);
    reading_.checks.upper_case(fields, 1);
    has_header_ = fields[1] == "NEM12" || fields[1] == "NEM13";
    header_.version = fields[1] == "NEM13" ? Version::kNem13 : Version::kNem12;
    if (!has_header_)
        log_.report(Rule::kVersionUnknown, 1, fields[1]);

    if (!parse_date_time(fields[2], header_.created)) {
        const bool readable = reading_.options.dialect == Dialect::kTolerant && parse_iso_date_time(fields[2], header_.created);
        log_.report(readable ? Rule::kTimeIso : Rule::kHeaderTime, 2, fields[2]);
    }
    if (header_.created != kNoDateTime) {
        if (fields[2].size() == 14)
            log_.report(Rule::kHeaderTimeSeconds, 2, fields[2]);
        const bool limited = reading_.options.latest_created != kNoDateTime;
        if (limited && header_.created > reading_.options.latest_created)
            log_.report(Rule::kCreatedInFuture, 2, fields[2]);
    }
    for (const int field : {3, 4}) {
        if (fields[field].empty())
            log_.report(Rule::kParticipantEmpty, field);
        reading_.checks.length(fields, field, 10);
    }
    for (const int field : {1, 2, 3, 4}) {
        if (fields[field].find('#') != std::string_view::npos)
            log_.report(Rule::kHeaderHash, field, fields[field]);
    }
    header_.from_participant = fields[3];
    header_.to_participant = fields[4];
    reading_.version = header_.version;
    // Without a version the first data record decides; it then hands the header out.
    if (has_header_)
        reading_.ready = Event::kHeader;
}

void BlockRecords::read_end() noexcept {
    any_record_ = true;
    Fields fields;
    reading_.record.split(reading_.text, fields);
    reading_.record.check_count(fields, 1, 1);
    if (state_ == State::kEnded)
        return log_.report(Rule::kRecordAfterEnd);
    if (state_ == State::kNone)
        log_.report(Rule::kMissingHeader);
    if (state_ == State::kNone || !has_data_)
        log_.report(Rule::kNoRecords);
    if (state_ == State::kOpen)
        reading_.ready = Event::kEndOfBlock;
    state_ = State::kEnded;
    has_header_ = false;
}

void BlockRecords::forget_header() noexcept {
    state_ = State::kNone;
    has_header_ = false;
}

void BlockRecords::finish() noexcept {
    if (!any_record_) {
        log_.report_at(1, 0, Rule::kEmptyFile);
    } else if (state_ == State::kOpen) {
        log_.report_at(reading_.counts.lines, 0, Rule::kMissingEnd);
    }
}

} // namespace mdff

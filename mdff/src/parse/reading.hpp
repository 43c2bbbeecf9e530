#pragma once
// What the readers of the records share.

#include "mdff/parser.hpp"
#include "parse/finding_log.hpp"
#include "parse/record_checks.hpp"
#include "parse/record_line.hpp"

namespace mdff {

// Of the records that belong to another one.
enum class Parent : uint8_t { kMissing, kLost, kRefused, kGood };

class Reading {
public:
    explicit Reading(const ParserOptions &wanted) noexcept
        : options(wanted), log(options, counts), record(log), checks(options, log) {}
    Reading(const Reading &) = delete;

    const ParserOptions options;
    ParserCounts counts{};
    FindingLog log;
    RecordLine record;
    RecordChecks checks;
    Version version = Version::kNem12; // of the block
    Event ready = Event::kNeedInput;   // to hand out after the record's findings; kNeedInput: nothing
    char text[kMaxLineLength];         // for the line of a record that is handed out at once

    void see(RecordKind kind) noexcept { ++counts.seen[static_cast<int>(kind)]; }
    // Counts a record that is not handed out, and makes sure that its line has an error.
    void refuse(RecordKind kind) noexcept;
    // False, with a finding, when the record does not go with the version of its block.
    bool belongs_to(Version wanted) noexcept;

    // The record being read was not understood, so that those after it may have lost their parent.
    void lose_context() noexcept;
    void report_context_lost() noexcept; // on one of those

private:
    // "line 17"; two, since a line that loses the context again may still have a finding about the first loss to hand out.
    char lost_notes_[2][32];
    size_t lost_note_size_ = 0;
    int lost_note_ = 0;
};

} // namespace mdff

#pragma once
// The findings of the record being read, whether they cost the record, and how many are handed out.

#include "mdff/parser.hpp"

namespace mdff {

class FindingLog {
public:
    FindingLog(const ParserOptions &options, ParserCounts &counts) noexcept : options_(options), counts_(counts) {}

    // A new record is read, which report() is about from now on.
    void begin_record(uint64_t line, int record) noexcept;

    void report(Rule rule, int field = -1, std::string_view text = {}) noexcept;
    // For the few rules whose severity depends on what was found.
    void report_as(Severity severity, Rule rule, int field, std::string_view text) noexcept;
    // About another line than that of the record being read, which it costs nothing. True for an error.
    bool report_at(uint64_t line, int record, Rule rule, int field = -1, std::string_view text = {},
                   std::string_view note = {}) noexcept;

    bool failed() const noexcept { return failed_; }       // the record has an error of its own
    bool explained() const noexcept { return explained_; } // the same, or one that concerns the file

    bool next(Finding &out) noexcept; // false when all that are to be handed out were

private:
    const ParserOptions &options_;
    ParserCounts &counts_;
    uint64_t line_ = 0;
    int record_ = 0;
    bool failed_ = false;
    bool explained_ = false;
    uint32_t errors_handed_out_ = 0, warnings_handed_out_ = 0;
    int count_ = 0;
    int next_ = 0;
    Finding findings_[kMaxFindingsPerRecord];

    void add(const Finding &finding) noexcept;
};

} // namespace mdff

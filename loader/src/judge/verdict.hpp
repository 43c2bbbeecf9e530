#pragma once
// The result of validating one MDFF; filled by the validator (and outbox/server_refusal, when the server refuses), written by
// report.cpp, read by intake and the commands. How a finding is named in a sentence is decided here, for reports, log, queue
// and command line.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nem12::loader {

struct ReportedFinding {
    uint64_t line;                                                     // 0: the file as a whole
    int record, field;                                                 // 0: none; -1: the whole record
    std::string severity, code, sqlstate, message, hint, source, text; // text escaped for display
};

// What a load by the same dialect must come to; else something was lost between validation and the server.
struct ExpectedCounts {
    std::string dialect;
    int64_t days = 0, readings = 0, accumulation_reads = 0, skipped_records = 0;
};

struct Verdict {
    std::string dialect;   // it was judged by
    bool loadable = false; // nothing that the on_invalid setting refuses
    uint64_t errors = 0, warnings = 0, skipped_records = 0;
    uint64_t days = 0, readings = 0, accumulation_reads = 0, lines = 0;
    uint64_t events = 0, b2b_details = 0, accumulation_b2b = 0; // 400, 500, 550
    std::string version;                                        // NEM12, NEM13, empty
    std::string file_creation;                                  // CCYYMMDDhhmm
    bool has_end = false;                                       // its 900 was seen: not a file still being written
    std::vector<std::string> months;                            // CCYY-MM-01
    std::string from_participant, to_participant; // of the first 100, also when something else in it is wrong; escaped
    // Errors first, each kind in the file's order. At most kMostErrors and kMostWarnings; the rest is only counted.
    std::vector<ReportedFinding> findings;
};

ExpectedCounts expected_of(const Verdict &verdict);

// Two quotas, so that no number of warnings hides an error.
inline constexpr size_t kMostErrors = 1000, kMostWarnings = 1000;

// "line 27, record 300, field 4", as far as it is known; "the whole file".
std::string place_of(const ReportedFinding &finding);

// The first error in one sentence: "line 27, record 300, field 4: value_count: ... (and 2 more errors)".
std::string summary_of(const Verdict &verdict);

// The code of the rule that such a sentence names; of the reason of a failed job what stands before its colon ("POISON",
// "internal XX000"), if it is a name. Empty: none.
std::string cause_of(std::string_view reason);

} // namespace nem12::loader

#pragma once
// What validation says about one MDFF; filled by validate/, written by report/, read by intake and the commands.

#include <cstdint>
#include <string>
#include <vector>

namespace nem12::loader {

struct ReportedFinding {
    uint64_t line;
    int record, field;
    std::string severity, code, sqlstate, message, hint, source, text; // text escaped for display
};

struct Verdict {
    bool loadable = false; // nothing that the on_invalid setting refuses
    uint64_t errors = 0, warnings = 0, skipped_records = 0;
    uint64_t days = 0, readings = 0, accumulation_reads = 0, lines = 0;
    uint64_t events = 0, b2b_details = 0, accumulation_b2b = 0; // 400, 500, 550
    std::string version;                                        // NEM12, NEM13, empty
    std::string file_creation;                                  // CCYYMMDDhhmm
    bool has_end = false;                                       // its 900 was seen: not a file still being written
    std::vector<std::string> months;                            // CCYY-MM-01
    std::vector<ReportedFinding> findings;
};

} // namespace nem12::loader

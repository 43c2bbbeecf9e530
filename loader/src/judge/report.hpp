#pragma once
// The two reports about a refused file: one for programs, one for the data owner. The same input gives the same bytes.
// File content in them is escaped: no control characters reach a terminal, no cell starts a spreadsheet formula.

#include <string>
#include <string_view>

#include "judge/judged_file.hpp"
#include "judge/verdict.hpp"

namespace nem12::loader {

// {"file", "sha256", "archive_sha256", "message_id", "transaction_id", "bytes", "outcome": "rejected"|"skipped_records",
// "version", "file_creation",
//  "from_participant", "to_participant", "counts": {...},
//  "findings": [{"line","record","field","field_name","severity","code","sqlstate","message","hint","source","text"}],
//  "findings_total"}. line, record and field are null where there is none.
std::string report_json(const JudgedFile &file, const Verdict &verdict);
std::string report_text(const JudgedFile &file, const Verdict &verdict);

// {"file", "sha256", "outcome": "failed", "reason"}: nothing is wrong with the file that we know of.
std::string failure_json(const JudgedFile &file, std::string_view reason);
std::string failure_text(const JudgedFile &file, std::string_view reason);

// Text from a file as a report shows it: escaped, and led by ' where a spreadsheet would take it for a formula.
std::string safe_cell(std::string_view text);

} // namespace nem12::loader

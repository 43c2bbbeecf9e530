#pragma once
// A refusal by the server as a verdict, so that it is reported like one of validation.

#include <string_view>

#include "config/config.hpp"
#include "database/database_error.hpp"
#include "judge/judged_file.hpp"
#include "judge/verdict.hpp"

namespace nem12::loader {

// Why the server refused a file that was validated: its error is the first of the findings, before what validation says of the
// same bytes (they are looked at again for that: sender, counts, warnings). The extension's errors carry line, record, field
// and code as JSON in DETAIL, and rules of the format are told in the words of validation; others come without a place.
Verdict refusal_by_server(const DatabaseError &error, const JudgedFile &file, const IngestConfig &config);

// The same for a refusal of which only a sentence is left.
Verdict refusal_by_server(std::string_view reason);

} // namespace nem12::loader

#pragma once
// How a finding becomes a PostgreSQL error, and how it is written down when it does not.

#include <cstdint>

#include "mdff/finding.hpp"
#include "pg/postgres.hpp"

namespace nem12::pg {

// Raises ERROR: SQLSTATE of the rule's family (class NM0xx), message naming line, record, field and rule,
// DETAIL = finding_detail(), HINT = what the data owner should do.
[[noreturn]] void report_finding(const mdff::Finding &finding);

// The parts of that error, palloc'd and valid in the server's encoding, for nem12_errors and nem12_validate.
char *finding_message(const mdff::Finding &finding);        // "line 4, record 300, field 7: value is negative (value_negative)"
char *finding_detail(const mdff::Finding &finding);         // JSON object: line, record, field, code, severity, text, source
const char *finding_sqlstate(const mdff::Finding &finding); // "NM007"

// The packed code errcode() takes, from its five characters.
int sqlstate_from_text(const char *five);

// ERROR 22023 unless `name` is "strict" or "tolerant".
mdff::Dialect dialect_from_text(const text *name);

// ERROR XX001: stored bytes that cannot be decoded.
[[noreturn]] void report_corrupt_values();

} // namespace nem12::pg

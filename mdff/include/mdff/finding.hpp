#pragma once
// What is wrong with a file: named rules, their severity in each dialect, and one finding per breach.

#include <cstdint>
#include <string_view>

namespace mdff {

enum class Dialect : uint8_t { kStrict, kTolerant };
enum class Severity : uint8_t { kWarning, kError };

// How far an error reaches. A record error costs that record (a 300 takes its 400s and 500s with it, a 200 all its days);
// a file error costs the file, whatever the caller does with bad records.
enum class Scope : uint8_t { kRecord, kFile };

// The SQLSTATE class NM0xx has one code per family.
enum class RuleFamily : uint8_t {
    kStructure, // NM001: order of records, header, end, blocks
    kLine,      // NM002: characters, separators, line length, encoding
    kField,     // NM003: field counts, lengths, mandatory fields
    kDateTime,  // NM004: dates and times
    kNmi,       // NM005: NMI, configuration, suffix
    kUnit,      // NM006: UOM and interval length
    kValue,     // NM007: interval values, quantities, register reads
    kQuality,   // NM008: quality method, reason code and description
    kEvent,     // NM009: 400 records
    kB2b,       // NM010: 500 and 550 records
};

// Every rule of the format. rule.cpp holds the table: code, severities, scope, family, message, hint, source.
enum class Rule : uint8_t {
#define MDFF_RULE(name, ...) name,
#include "mdff/rules.inc"
#undef MDFF_RULE
};

struct RuleInfo {
    Rule rule;
    std::string_view code; // stable name for programs: "value_count"
    Severity strict;
    Severity tolerant;
    Scope scope;
    RuleFamily family;
    std::string_view message; // what is wrong, no trailing point
    std::string_view hint;    // what the data owner should do
    std::string_view source;  // "MDFF 4.4"
};

const RuleInfo &rule_info(Rule rule) noexcept;
Severity severity_of(Rule rule, Dialect dialect) noexcept;
int rule_count() noexcept;
std::string_view sqlstate_of(RuleFamily family) noexcept;         // "NM007"
std::string_view name_of(Severity severity) noexcept;             // "error", "warning"
bool parse_dialect(std::string_view text, Dialect &out) noexcept; // "strict", "tolerant"

// One breach. `text` points into the parser and lives until its next call.
struct Finding {
    Rule rule;
    Severity severity;
    uint64_t line;         // 1-based physical line
    int record;            // record indicator of the line: 100..900, 0 when it has none
    int field;             // 0-based field number as in MDFF 4 (0 = RecordIndicator), -1 when the whole record is meant
    std::string_view text; // the offending text, cut to kMaxFindingText bytes; may hold any bytes
    std::string_view note; // continues the rule's message ("it looks like HTML"); mostly empty, never goes away
};

inline constexpr int kMaxFindingText = 120;

} // namespace mdff

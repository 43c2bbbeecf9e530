#pragma once
// The closed lists of the format: units, quality flags and methods, reason codes, transaction codes.

#include <cstdint>
#include <string_view>

namespace mdff {

// App B. `name` in the standard's spelling ("kWh"); looked up without regard to case.
struct Uom {
    std::string_view name;
    uint8_t decimals; // digits after the point the unit allows
    char quantity;    // 'W' energy/power, 'R' reactive, 'A' apparent, 'V' volt, 'I' ampere, 'p' power factor
};
const Uom *find_uom(std::string_view text) noexcept; // nullptr: not in App B

// What an interval suffix ("E1") measures, by its first character (NMI Procedure, table 1): "import" is energy into the grid,
// "export" is energy from the grid to the customer, "net" is one less the other; then "apparent", "power_factor", "q", "par",
// "volts", "amps". Empty: the table does not have it.
std::string_view suffix_flow(std::string_view suffix) noexcept;

enum class QualityFlag : uint8_t { kActual, kEstimate, kFinal, kSubstitute, kVariable, kNull, kInvalid };
// Splits "S52" into flag and method (0 when none). kInvalid when it is not [A|V|N|E..|F..|S..] with no or two digits.
QualityFlag parse_quality_method(std::string_view text, int &method) noexcept;

struct QualityMethod {
    uint8_t number;
    std::string_view name;
    bool estimate, substitute; // may be used with E; with S and F
};
const QualityMethod *find_quality_method(int number) noexcept;

struct Reason {
    int16_t code;
    std::string_view description;
    bool obsolete; // historical data only (App F)
};
const Reason *find_reason(int code) noexcept;

bool trans_code_is_valid(std::string_view code) noexcept;    // App A
bool trans_code_is_obsolete(std::string_view code) noexcept; // "T"

} // namespace mdff

#include "mdff/code_tables.hpp"

#include <algorithm>
#include <iterator>

namespace mdff {

namespace {

// MDFF App B.
constexpr Uom kUoms[] = {
    {"MWh", 7, 'W'}, {"MVArh", 7, 'R'}, {"MVAr", 7, 'R'}, {"MW", 7, 'W'}, {"MVAh", 7, 'A'}, {"MVA", 7, 'A'},
    {"kWh", 4, 'W'}, {"kVArh", 4, 'R'}, {"kVAr", 4, 'R'}, {"kW", 4, 'W'}, {"kVAh", 4, 'A'}, {"kVA", 4, 'A'},
    {"Wh", 1, 'W'},  {"VArh", 1, 'R'},  {"VAr", 1, 'R'},  {"W", 1, 'W'},  {"VAh", 1, 'A'},  {"VA", 1, 'A'},
    {"kV", 4, 'V'},  {"kA", 4, 'I'},    {"V", 1, 'V'},    {"A", 1, 'I'},  {"pf", 3, 'p'},
};

// Metrology Procedure Part B, summary of substitution and estimation types. Sorted by number.
constexpr QualityMethod kQualityMethods[] = {
    {11, "Check", false, true},
    {12, "Calculated", false, true},
    {13, "SCADA", false, true},
    {14, "Retrospective Like Day", false, true},
    {15, "Retrospective Average Like Day", false, true},
    {16, "Agreed", false, true},
    {17, "Linear", false, true},
    {18, "Alternate", false, true},
    {19, "Zero", false, true},
    {20, "Prospective Like Day", false, true},
    {21, "Five-minute No Historical Data", false, true},
    {22, "Prospective Average Day", false, true},
    {23, "Previous Year", false, true},
    {24, "Data Scaling", false, true},
    {25, "ADL", false, true},
    {51, "Previous Year", true, true},
    {52, "Previous Read", true, true},
    {53, "Revision", false, true},
    {54, "Linear", false, true},
    {55, "Agreed", false, true},
    {56, "Prior to First Read - Agreed", true, true},
    {57, "Customer Class", true, true},
    {58, "Zero", true, true},
    {59, "Five-minute No Historical Data", true, true},
    {61, "Previous Year", true, true},
    {62, "Previous Read", true, true},
    {63, "Customer Class", true, true},
    {64, "Agreed", false, true},
    {65, "ADL", true, false},
    {66, "Revision", false, true},
    {67, "Customer Read", false, true},
    {68, "Zero", true, true},
    {69, "Linear Extrapolation", false, true},
    {71, "Recalculation", false, true},
    {72, "Revised Table", false, true},
    {73, "Revised Algorithm", false, true},
    {74, "Agreed", false, true},
    {75, "Existing Table", true, false},
};

// MDFF App E (current, with those of version 2.6) and App F (obsolete). Sorted by code.
constexpr Reason kReasons[] = {
    {0, "Free text description", false},
    {1, "Meter/equipment changed", false},
    {2, "Extreme weather conditions", false},
    {3, "Quarantined premises", false},
    {4, "Dangerous dog", true},
    {5, "Blank screen", false},
    {6, "De-energised premises", false},
    {7, "Unable to locate meter", false},
    {8, "Vacant premises", false},
    {9, "Under investigation", false},
    {10, "Lock damaged unable to open", false},
    {11, "In wrong route", false},
    {12, "Locked premises", false},
    {13, "Locked gate", false},
    {14, "Locked meter box", false},
    {15, "Overgrown vegetation", false},
    {16, "Noxious weeds", true},
    {17, "Unsafe equipment/location", false},
    {18, "Read less than previous", false},
    {19, "Consumer wanted", true},
    {20, "Damaged equipment/panel", false},
    {21, "Main switch off", false},
    {22, "Meter/equipment seals missing", false},
    {23, "Reader error", false},
    {24, "Substituted/replaced data (data correction)", false},
    {25, "Unable to locate premises", false},
    {26, "Negative consumption (generation)", false},
    {27, "RoLR", false},
    {28, "CT/VT fault", false},
    {29, "Relay faulty/damaged", false},
    {30, "Meter stop switch on", true},
    {31, "Not all meters read", false},
    {32, "Re-energised without readings", false},
    {33, "De-energised without readings", false},
    {34, "Meter not in handheld", false},
    {35, "Timeswitch faulty/reset required", false},
    {36, "Meter high/ladder required", false},
    {37, "Meter under churn", false},
    {38, "Unmarried lock", false},
    {39, "Reverse energy observed", false},
    {40, "Unrestrained livestock", false},
    {41, "Faulty meter display/dials", false},
    {42, "Channel added/removed", false},
    {43, "Power outage", false},
    {44, "Meter testing", false},
    {45, "Readings failed to validate", false},
    {46, "Extreme weather/hot", true},
    {47, "Refused access", false},
    {48, "Dog on premises", false},
    {49, "Wet paint", true},
    {50, "Wrong tariff", true},
    {51, "Installation demolished", false},
    {52, "Access - blocked", false},
    {53, "Pests in meter box", false},
    {54, "Meter box damaged/faulty", false},
    {55, "Dials obscured", false},
    {58, "Meter ok - supply failure", true},
    {60, "Illegal connection", false},
    {61, "Equipment tampered", false},
    {62, "NSRD window expired", false},
    {64, "Key required", false},
    {65, "Wrong key provided", false},
    {67, "Transfer", false},
    {68, "Zero consumption", false},
    {69, "Reading exceeds substitute", false},
    {70, "Probe reports tampering", true},
    {71, "Probe read error", false},
    {72, "Re-calculated based on actual metering data", false},
    {73, "Low consumption", false},
    {74, "High consumption", false},
    {75, "Customer read", false},
    {76, "Communications fault", false},
    {77, "Estimation forecast", false},
    {78, "Null data", false},
    {79, "Power outage alarm", false},
    {80, "Short interval alarm", false},
    {81, "Long interval alarm", false},
    {82, "CRC error", true},
    {83, "RAM checksum error", true},
    {84, "ROM checksum error", true},
    {85, "Data missing alarm", true},
    {86, "Clock error alarm", true},
    {87, "Reset occurred", false},
    {88, "Watchdog timeout alarm", true},
    {89, "Time reset occurred", false},
    {90, "Test mode", true},
    {91, "Load control", true},
    {92, "Added interval (data correction)", true},
    {93, "Replaced interval (data correction)", true},
    {94, "Estimated interval (data correction)", true},
    {95, "Pulse overflow alarm", true},
    {96, "Data out of limits", true},
    {97, "Excluded data", true},
    {98, "Parity error", true},
    {99, "Energy type (register changed)", true},
    {100, "Incorrect meter multiplier", false},
    {101, "Temporarily connection point unmetered", false},
    {102, "Customer by-pass", false},
    {103, "Network by-pass", false},
    {104, "Transposed channel", false},
    {105, "Transposed channel - UoM correction", false},
    {106, "Transposed channel - reverse polarity", false},
    {107, "Transposed meter", false},
    {108, "Network by-pass extreme weather", false},
    {109, "Defined load method", false},
};

// MDFF App A. T is for historical data only.
constexpr std::string_view kTransCodes = "ACGDENOSRT";

char to_lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return to_lower(x) == to_lower(y); });
}

QualityFlag flag_of(char letter) noexcept {
    switch (letter) {
    case 'A': return QualityFlag::kActual;
    case 'E': return QualityFlag::kEstimate;
    case 'F': return QualityFlag::kFinal;
    case 'S': return QualityFlag::kSubstitute;
    case 'V': return QualityFlag::kVariable;
    case 'N': return QualityFlag::kNull;
    default: return QualityFlag::kInvalid;
    }
}

bool takes_method(QualityFlag flag) noexcept { return flag != QualityFlag::kVariable && flag != QualityFlag::kNull; }

} // namespace

const Uom *find_uom(std::string_view text) noexcept {
    const auto *found = std::find_if(std::begin(kUoms), std::end(kUoms),
                                     [text](const Uom &uom) { return equal_ignoring_case(uom.name, text); });
    return found == std::end(kUoms) ? nullptr : found;
}

std::string_view suffix_flow(std::string_view suffix) noexcept {
    if (suffix.size() != 2)
        return {};
    switch (suffix[0]) {
    case 'A': // kWh: average, master, check; then the same of kVArh
    case 'B':
    case 'C':
    case 'J':
    case 'K':
    case 'L': return "import";
    case 'D':
    case 'E':
    case 'F':
    case 'P':
    case 'Q':
    case 'R': return "export";
    case 'N':
    case 'X': return "net";
    case 'S':
    case 'T':
    case 'U': return "apparent";
    case 'G': return "power_factor";
    case 'H':
    case 'Y': return "q";
    case 'M':
    case 'W': return "par";
    case 'V': return "volts";
    case 'Z': return "amps";
    default: return {};
    }
}

QualityFlag parse_quality_method(std::string_view text, int &method) noexcept {
    method = 0;
    if (text.size() != 1 && text.size() != 3)
        return QualityFlag::kInvalid;
    const QualityFlag flag = flag_of(text[0]);
    if (text.size() == 1 || flag == QualityFlag::kInvalid)
        return flag;
    const unsigned tens = static_cast<unsigned char>(text[1]) - '0';
    const unsigned ones = static_cast<unsigned char>(text[2]) - '0';
    if (tens > 9 || ones > 9 || !takes_method(flag))
        return QualityFlag::kInvalid;
    method = static_cast<int>(tens * 10 + ones);
    return flag;
}

const QualityMethod *find_quality_method(int number) noexcept {
    const auto *found = std::lower_bound(std::begin(kQualityMethods), std::end(kQualityMethods), number,
                                         [](const QualityMethod &method, int wanted) { return method.number < wanted; });
    return found == std::end(kQualityMethods) || found->number != number ? nullptr : found;
}

const Reason *find_reason(int code) noexcept {
    const auto *found = std::lower_bound(std::begin(kReasons), std::end(kReasons), code,
                                         [](const Reason &reason, int wanted) { return reason.code < wanted; });
    return found == std::end(kReasons) || found->code != code ? nullptr : found;
}

bool trans_code_is_valid(std::string_view code) noexcept {
    return code.size() == 1 && kTransCodes.find(code[0]) != std::string_view::npos;
}

bool trans_code_is_obsolete(std::string_view code) noexcept { return code == "T"; }

} // namespace mdff

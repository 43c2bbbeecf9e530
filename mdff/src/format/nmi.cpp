#include "mdff/nmi.hpp"

namespace mdff {

namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_upper(char c) noexcept { return c >= 'A' && c <= 'Z'; }
bool is_confusable(char c) noexcept { return c == 'I' || c == 'O'; }

// Meter number in a suffix: 1-9, A-H, J-N, P-Z.
bool is_meter_number(char c) noexcept { return (is_digit(c) && c != '0') || (is_upper(c) && !is_confusable(c)); }

} // namespace

bool nmi_is_valid(std::string_view nmi) noexcept {
    if (nmi.size() != 10)
        return false;
    for (const char c : nmi) {
        if (!is_digit(c) && (!is_upper(c) || is_confusable(c)))
            return false;
    }
    return true;
}

int nmi_checksum(std::string_view nmi) noexcept {
    if (nmi.size() != 10)
        return -1;
    int sum = 0;
    bool doubled = true; // the rightmost character and every second one before it
    for (size_t i = nmi.size(); i-- > 0; doubled = !doubled) {
        const char c = nmi[i];
        int code = static_cast<unsigned char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
        if (doubled)
            code *= 2;
        for (; code > 0; code /= 10)
            sum += code % 10;
    }
    return (10 - sum % 10) % 10;
}

bool interval_suffix_is_valid(std::string_view suffix) noexcept {
    if (suffix.size() != 2)
        return false;
    // Table 1 uses every letter but I and O for the kind of quantity, as it does for the meter.
    return is_upper(suffix[0]) && !is_confusable(suffix[0]) && is_meter_number(suffix[1]);
}

bool accumulation_suffix_is_valid(std::string_view suffix) noexcept {
    return suffix.size() == 2 && is_digit(suffix[0]) && suffix[0] != '0' && is_meter_number(suffix[1]);
}

} // namespace mdff

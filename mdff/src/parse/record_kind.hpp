#pragma once
// What a line is, by its record indicator and its look.

#include <string_view>

#include "mdff/record.hpp"
#include "parse/fields.hpp"

namespace mdff {

inline bool is_known(int record) noexcept {
    switch (record) {
    case 100:
    case 200:
    case 300:
    case 400:
    case 500:
    case 250:
    case 550:
    case 900: return true;
    default: return false;
    }
}

// Records of other systems that stand among those of the format, such as 600 and 610.
inline bool is_foreign(int record) noexcept { return record >= 600 && record < 900; }

inline bool is_data(int record) noexcept { return is_known(record) && record != 100 && record != 900; }

inline Version version_of(int record) noexcept { return record == 250 || record == 550 ? Version::kNem13 : Version::kNem12; }

// Excel writes empty rows as commas.
inline bool is_blank(std::string_view line) noexcept { return line.find_first_not_of(" ,") == std::string_view::npos; }

inline bool names_a_version(std::string_view line) noexcept {
    return line.find(",NEM12,") != std::string_view::npos || line.find(",NEM13,") != std::string_view::npos;
}

// Fields that only a 200, 250, 300, 400, 500 or 550 has: a record of ours whose indicator is damaged, one bit makes a 600 of a
// 200.
bool resembles_a_record(const Fields &fields) noexcept;

} // namespace mdff

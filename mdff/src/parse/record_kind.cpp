#include "parse/record_kind.hpp"

#include "mdff/code_tables.hpp"

namespace mdff {

bool resembles_a_record(const Fields &fields) noexcept {
    int method = 0, number = 0;
    Date date{};
    DateTime time{};
    const auto is_quality = [&](int field) { return parse_quality_method(fields[field], method) != QualityFlag::kInvalid; };
    const auto is_number = [&](int field) { return parse_number(fields[field], number); };
    // A NMI, its suffixes and one of these stand in the same fields of a 200 and a 250.
    const bool has_suffix = fields[4].size() == 2 && (fields[2].empty() || fields[2].find(fields[4]) != std::string_view::npos);
    const bool channel = (find_uom(fields[7]) != nullptr && is_number(8)) || (!fields[1].empty() && has_suffix);
    const bool read = parse_date_time(fields[9], time) && parse_date_time(fields[14], time);
    const bool day = parse_date(fields[1], date) && fields.count > Fields::kMax;
    const bool event = is_number(1) && is_number(2) && is_quality(3);
    const bool b2b = trans_code_is_valid(fields[1]) && (parse_date_time(fields[3], time) || trans_code_is_valid(fields[3]));
    return channel || read || day || event || b2b;
}

} // namespace mdff

#include "generate/damage.hpp"

#include <vector>

#include "generate/dice.hpp"

namespace nem12::loader {

namespace {

std::vector<std::string> split(std::string_view line) {
    std::vector<std::string> fields;
    for (;;) {
        size_t comma = line.find(',');
        fields.emplace_back(line.substr(0, comma));
        if (comma == std::string_view::npos)
            return fields;
        line.remove_prefix(comma + 1);
    }
}

std::string join(const std::vector<std::string> &fields) {
    std::string line;
    for (size_t i = 0; i < fields.size(); ++i)
        line += (i == 0 ? "" : ",") + fields[i];
    return line;
}

void break_channel(std::vector<std::string> &fields, Dice &dice) {
    switch (dice.below(4)) {
    case 0: fields[1] = "NMI"; break;  // cut short
    case 1: fields[4] = "E9"; break;   // not in the configuration
    case 2: fields[7] = "KWHR"; break; // no such unit
    default: fields[8] = "10"; break;  // no such interval length
    }
}

void break_day(std::vector<std::string> &fields, size_t values, Dice &dice) {
    size_t value = 2 + static_cast<size_t>(dice.below(static_cast<int>(values)));
    std::string &quality = fields[values + 2], &reason = fields[values + 3];
    switch (dice.below(9)) {
    case 0: fields[value] = "n/a"; break;
    case 1: fields[value] = "-" + fields[value].substr(0, 1) + "1.250"; break;
    case 2: fields[value].clear(); break;
    case 3: fields[value] = "1.2E3"; break; // a spreadsheet was here
    case 4: fields.erase(fields.begin() + static_cast<std::ptrdiff_t>(value)); break;
    case 5: fields.insert(fields.begin() + static_cast<std::ptrdiff_t>(value), "0.125"); break;
    case 6: fields[1] = "20241345"; break;
    case 7: quality = quality == "V" ? "X" : "S"; break; // no such quality, or a substitute without method
    default:
        quality = "F14";
        reason = "7O"; // the letter O
        break;
    }
}

void break_event(std::vector<std::string> &fields, Dice &dice) {
    switch (dice.below(3)) {
    case 0: fields[2] = "999"; break;
    case 1: fields[3] = "V"; break;
    default: fields[1] = "0"; break;
    }
}

void break_b2b(std::vector<std::string> &fields, Dice &dice) {
    if (dice.one_in(2))
        fields[1] = "Z"; // no such transaction code
    else
        fields[3] = "20249999"; // no time at all
}

} // namespace

bool Damage::drops_end() const { return Dice(seed_, 900).one_in(8); }

std::string Damage::broken(std::string_view line, uint64_t seed) const {
    std::vector<std::string> fields = split(line);
    Dice dice(seed);
    if (fields[0] == "200")
        break_channel(fields, dice);
    else if (fields[0] == "300")
        break_day(fields, values_, dice);
    else if (fields[0] == "400")
        break_event(fields, dice);
    else if (fields[0] == "500")
        break_b2b(fields, dice);
    return join(fields);
}

void Damage::append(std::string_view text, std::string &out) {
    while (!text.empty()) {
        size_t end = text.find("\r\n");
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
        ++line_;
        Dice dice(seed_, line_);
        bool breakable = line[0] >= '2' && line[0] <= '5';
        bool first_day = damaged_ == 0 && line.starts_with("300");
        if (breakable && (dice.one_in(20) || first_day)) {
            out += broken(line, dice.next());
            ++damaged_;
        } else {
            out += line;
        }
        out += "\r\n";
    }
}

} // namespace nem12::loader

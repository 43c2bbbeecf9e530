#include "parse/fields.hpp"

#include <algorithm>

#include "cpu/swar.hpp"

namespace mdff {

std::string_view trim(std::string_view text) noexcept {
    while (!text.empty() && text.front() == ' ')
        text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ')
        text.remove_suffix(1);
    return text;
}

namespace {

class Collector {
public:
    Collector(char *text, int first, Fields &out) noexcept : out_(out) {
        out.text = text;
        out.first = out.count = out.filled = first;
    }
    void add(std::string_view field) noexcept {
        const std::string_view trimmed = trim(field);
        if (trimmed.size() != field.size() && out_.spaced < 0) {
            out_.spaced = out_.count;
            out_.spaced_text = field;
        }
        if (stored_ < Fields::kMax)
            out_.at[stored_++] = trimmed;
        ++out_.count;
        if (!trimmed.empty())
            out_.filled = out_.count;
    }

private:
    Fields &out_;
    int stored_ = 0;
};

} // namespace

void split_fields(char *text, std::size_t size, int first, Fields &out) noexcept {
    Collector fields(text, first, out);
    for (size_t start = 0, end = 0;; start = ++end) {
        while (end < size && text[end] != ',')
            ++end;
        fields.add({text + start, end - start});
        if (end == size)
            break;
    }
}

void take_fields(char *text, const Separators &separators, int first, Fields &out) noexcept {
    Collector fields(text, first, out);
    const size_t begin = separators.at[first - 1] + size_t{1};
    for (int field = first; field < separators.count; ++field) {
        const size_t start = separators.at[field - 1] + size_t{1};
        fields.add({text + (start - begin), separators.at[field] - start});
    }
}

bool is_printable(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F; });
}

bool is_plain(std::string_view text) noexcept {
    size_t i = 0;
    for (; i + 8 <= text.size(); i += 8) {
        if (!swar::is_plain(swar::load(text.data() + i)))
            return false;
    }
    for (; i < text.size(); ++i) {
        if (text[i] < ' ' || text[i] >= 0x7F || text[i] == '"')
            return false;
    }
    return true;
}

bool has_control_character(std::string_view text) noexcept {
    return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 0x7F; });
}

bool parse_number(std::string_view text, int &out) noexcept {
    if (text.empty() || text.size() > 9)
        return false;
    int number = 0;
    for (const char c : text) {
        if (c < '0' || c > '9')
            return false;
        number = number * 10 + (c - '0');
    }
    out = number;
    return true;
}

} // namespace mdff

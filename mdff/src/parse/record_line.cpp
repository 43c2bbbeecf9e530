#include "parse/record_line.hpp"

#include <algorithm>
#include <cstring>

#include "mdff/utf8.hpp"

namespace mdff {

namespace {

// Stands for a comma inside a quoted field until the fields are split; a line that had this character itself is refused.
constexpr char kQuotedComma = '\x1F';

// The record indicator that is the line's first field, whatever else is wrong with the line; 0 when there is none.
int indicator_of(std::string_view line) noexcept {
    int indicator = 0;
    if (line.size() > 3 && line[3] == ',')
        return parse_number(line.substr(0, 3), indicator) ? indicator : 0;
    const auto skip = [&line](char c) {
        while (!line.empty() && line.front() == c)
            line.remove_prefix(1);
    };
    skip(' ');
    const bool quoted = line.starts_with('"');
    if (quoted)
        line.remove_prefix(1);
    skip(' ');
    if (line.size() < 3 || !parse_number(line.substr(0, 3), indicator))
        return 0;
    line.remove_prefix(3);
    skip(' ');
    if (quoted) {
        if (!line.starts_with('"'))
            return 0;
        line.remove_prefix(1);
        skip(' ');
    }
    return line.empty() || line.front() == ',' || line == "\r" ? indicator : 0;
}

} // namespace

void RecordLine::begin() noexcept {
    indicator = indicator_of(line.text);
    ends_context = has_quoted_comma_ = false;
    log_.begin_record(line.number, indicator);
}

std::string_view RecordLine::clean(char *buffer) noexcept {
    const std::string_view text = line.text;
    const bool plain = is_plain(text);
    if (!plain && has_control_character(text))
        log_.report(Rule::kControlCharacter, -1, text);
    if (!plain && !is_utf8(text))
        log_.report(Rule::kEncoding, -1, text);
    if (plain || text.find('"') == std::string_view::npos) {
        std::memcpy(buffer, text.data(), text.size());
        return {buffer, text.size()};
    }
    log_.report(Rule::kQuotes, -1, text);
    return {buffer, unquote(text, buffer)};
}

// RFC 4180: a quote that starts a field opens it, "" inside is a quote, and the closing one ends the field.
size_t RecordLine::unquote(std::string_view text, char *buffer) noexcept {
    size_t size = 0;
    bool at_start = true, quoted = false, broken = false;
    for (size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            const bool doubled = c == '"' && i + 1 < text.size() && text[i + 1] == '"';
            if (doubled) {
                buffer[size++] = text[++i];
            } else if (c == '"') {
                quoted = false;
                const size_t next = text.find_first_not_of(' ', i + 1);
                broken |= next != std::string_view::npos && text[next] != ',' && text[next] != '\r';
            } else {
                has_quoted_comma_ |= c == ',';
                buffer[size++] = c == ',' ? kQuotedComma : c;
            }
        } else if (c == '"' && at_start) {
            quoted = true;
            at_start = false;
        } else {
            buffer[size++] = c;
            at_start = c == ',' || (at_start && c == ' ');
        }
    }
    if (broken || quoted) {
        log_.report(Rule::kQuotesBroken, -1, text);
        ends_context = true;
    }
    return size;
}

bool RecordLine::restore_commas(char *text, size_t size) const noexcept {
    if (!has_quoted_comma_)
        return false;
    bool found = false;
    for (size_t i = 0; i < size; ++i) {
        if (text[i] == kQuotedComma) {
            text[i] = ',';
            found = true;
        }
    }
    return found;
}

void RecordLine::split(char *buffer, Fields &out, uint32_t text_fields) noexcept {
    split_fields(buffer, clean(buffer).size(), 0, out);
    check_fields(out, text_fields);
}

void RecordLine::check_fields(const Fields &fields, uint32_t text_fields) noexcept {
    if (fields.spaced >= 0)
        log_.report(Rule::kSpaces, fields.spaced, fields.spaced_text);
    if (!has_quoted_comma_)
        return;
    for (int field = fields.first; field < std::min(fields.count, fields.first + Fields::kMax); ++field) {
        const bool has_comma = restore_commas(fields.writable(field), fields[field].size());
        if (has_comma && (text_fields >> (field - fields.first) & 1) == 0)
            log_.report(Rule::kCommaInField, field, fields[field]);
    }
}

bool RecordLine::check_count(const Fields &fields, int all, int least) noexcept {
    if (fields.count == all)
        return true;
    if (fields.filled > all || fields.count < least) {
        log_.report(Rule::kFieldCount);
        return false;
    }
    log_.report(fields.count > all ? Rule::kSurplusFields : Rule::kMissingTrailingFields, std::min(fields.count, all));
    return true;
}

} // namespace mdff

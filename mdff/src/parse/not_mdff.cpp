#include "parse/not_mdff.hpp"

#include <algorithm>
#include <iterator>

namespace mdff {

namespace {

using namespace std::string_view_literals;

constexpr std::string_view kIndicators[] = {"100", "200", "250", "300", "400", "500", "550", "900"};

struct Magic {
    std::string_view start, note;
};
constexpr Magic kMagics[] = {
    {"\xFF\xFE"sv, "it looks like UTF-16 text"},
    {"\xFE\xFF"sv, "it looks like UTF-16 text"},
    {"PK\x03\x04"sv, "it looks like a zip archive or a spreadsheet"},
    {"\x1F\x8B"sv, "it looks like gzip"},
    {"%PDF"sv, "it looks like PDF"},
    {"{"sv, "it looks like JSON"},
    {"["sv, "it looks like JSON"},
    {"\xD0\xCF\x11\xE0"sv, "it looks like a spreadsheet"},
    {"{\\rtf"sv, "it looks like RTF"},
};

bool is_alphanumeric(char c) noexcept { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

// Digits that were typed or recognised as the letter they look like.
char digit_meant_by(char c) noexcept {
    switch (c) {
    case 'O':
    case 'o':
    case 'D':
    case 'Q': return '0';
    case 'I':
    case 'l':
    case 'i':
    case '|': return '1';
    case 'Z':
    case 'z': return '2';
    case 'S':
    case 's': return '5';
    case 'g':
    case 'q': return '9';
    default: return c;
    }
}

// A record indicator with one character changed, or with something before or after it.
bool resembles_indicator(std::string_view field) noexcept {
    constexpr size_t kLongest = 6;
    char kept[kLongest];
    size_t size = 0;
    for (const char c : field) {
        if (!is_alphanumeric(c))
            continue;
        if (size == kLongest)
            return false;
        kept[size++] = digit_meant_by(c);
    }
    for (size_t at = 0; at + 3 <= std::max(size, size_t{3}); ++at) {
        for (const std::string_view indicator : kIndicators) {
            int same = 0;
            for (size_t i = 0; i < 3; ++i)
                same += at + i < size && kept[at + i] == indicator[i] ? 1 : 0;
            if (same >= 2)
                return true;
        }
    }
    return false;
}

std::string_view note_on_separator(char separator) noexcept {
    switch (separator) {
    case ';': return "its fields are separated by semicolons instead of commas";
    case '\t': return "its fields are separated by tabs instead of commas";
    default: return "its fields are separated by | instead of commas";
    }
}

// Every second byte a NUL, as of ASCII text in UTF-16 without a byte order mark.
bool is_wide(std::string_view line) noexcept {
    if (line.size() < 4)
        return false;
    const size_t size = std::min(line.size(), size_t{64});
    size_t nuls[2] = {0, 0};
    for (size_t i = 0; i < size; ++i)
        nuls[i % 2] += line[i] == '\0' ? 1 : 0;
    return std::max(nuls[0], nuls[1]) >= size / 2 - 1 && std::min(nuls[0], nuls[1]) <= size / 4 + 1 && size >= 4;
}

} // namespace

FirstLook look_at(std::string_view line) noexcept {
    for (const Magic &magic : kMagics) {
        if (line.starts_with(magic.start))
            return {Look::kOther, magic.note};
    }
    if (is_wide(line))
        return {Look::kOther, "it looks like UTF-16 text"};
    const size_t start = line.find_first_not_of(" \t\"");
    const std::string_view text = start == std::string_view::npos ? std::string_view{} : line.substr(start);
    if (text.starts_with('<') && names_html(text))
        return {Look::kOther, kLooksLikeHtml};
    if (text.starts_with('<'))
        return {Look::kXml, "it looks like XML"};
    if (text.starts_with('{') || text.starts_with('['))
        return {Look::kOther, "it looks like JSON"};
    const auto commas = std::count(line.begin(), line.end(), ',');
    const std::string_view field = text.substr(0, text.find_first_of(",;|\t"));
    if (!resembles_indicator(field))
        return {Look::kOther, "it does not start with a record: a flat report or another format"};
    for (const char separator : {';', '\t', '|'}) {
        if (std::count(line.begin(), line.end(), separator) > commas)
            return {Look::kOther, note_on_separator(separator)};
    }
    return {Look::kMdff, {}};
}

bool names_html(std::string_view line) noexcept {
    constexpr std::string_view kTags[] = {"<!doctype html", "<html", "<head", "<body", "<table", "<div", "<script", "<meta"};
    const auto same = [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b); };
    return std::any_of(std::begin(kTags), std::end(kTags), [&](std::string_view tag) {
        return std::search(line.begin(), line.end(), tag.begin(), tag.end(), [&](char b, char a) { return same(a, b); }) !=
               line.end();
    });
}

bool names_asexml(std::string_view line) noexcept { return line.find("aseXML") != std::string_view::npos; }

} // namespace mdff

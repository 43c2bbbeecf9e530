#pragma once
// The only place where text becomes HTML. Markup is written as literals ("<td>"_html); everything else that is put into a page
// is escaped on its way in, so that no file name, report or filter can become markup.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace nem12::loader {

// For element content and for attribute values in double quotes. Control characters become spaces.
std::string escaped(std::string_view text);

// For a value in a URL's query, or a segment of its path.
std::string url_encoded(std::string_view text);

class Html {
public:
    Html() = default;
    Html &operator<<(std::string_view text) {
        markup_ += escaped(text);
        return *this;
    }
    Html &operator<<(const char *text) { return *this << std::string_view(text); }
    Html &operator<<(int64_t number) {
        markup_ += std::to_string(number);
        return *this;
    }
    Html &operator<<(const Html &html) {
        markup_ += html.markup_;
        return *this;
    }
    const std::string &str() const { return markup_; }
    bool empty() const { return markup_.empty(); }

private:
    friend Html operator""_html(const char *markup, size_t length);
    std::string markup_;
};

// Markup of ours, as it stands.
Html operator""_html(const char *markup, size_t length);

using Query = std::map<std::string, std::string>; // of a URL or a form, decoded

// PATH?a=b&c=d, of the values that are not empty.
std::string url_of(std::string_view path, const Query &query);
Html link(std::string_view url, std::string_view text);

// 1234567 -> "1,234,567"; 1536 -> "1.5 kB"; "3 min"; "2026-11-30 04:05:06" in UTC, empty for 0.
std::string shown_count(int64_t number);
std::string shown_bytes(int64_t bytes);
std::string shown_duration(int64_t milliseconds);
std::string shown_time(int64_t unix_ms);

} // namespace nem12::loader

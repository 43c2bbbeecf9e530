#include "console/html.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace nem12::loader {

std::string escaped(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        switch (c) {
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '&': out += "&amp;"; break;
        case '"': out += "&quot;"; break;
        case '\'': out += "&#39;"; break;
        case '\n': out += c; break;
        default: out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
        }
    }
    return out;
}

std::string url_encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
        char code[4];
        std::snprintf(code, sizeof code, "%%%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
        out += plain ? std::string(1, c) : code;
    }
    return out;
}

Html operator""_html(const char *markup, size_t length) {
    Html html;
    html.markup_.assign(markup, length);
    return html;
}

std::string url_of(std::string_view path, const Query &query) {
    std::string url(path);
    char before = '?';
    for (const auto &[key, value] : query) {
        if (!value.empty()) {
            url += before + url_encoded(key) + "=" + url_encoded(value);
            before = '&';
        }
    }
    return url;
}

Html link(std::string_view url, std::string_view text) {
    return Html() << "<a href=\""_html << url << "\">"_html << text << "</a>"_html;
}

std::string shown_count(int64_t number) {
    std::string text = std::to_string(number);
    for (auto at = static_cast<int>(text.size()) - 3; at > (number < 0 ? 1 : 0); at -= 3) {
        text.insert(static_cast<size_t>(at), ",");
    }
    return text;
}

std::string shown_bytes(int64_t bytes) {
    constexpr std::array kUnits{"B", "kB", "MB", "GB", "TB", "PB"};
    double size = static_cast<double>(bytes);
    size_t unit = 0;
    while (size >= 1000 && unit + 1 < kUnits.size()) {
        size /= 1000;
        ++unit;
    }
    char text[32];
    std::snprintf(text, sizeof text, unit == 0 || size >= 100 ? "%.0f %s" : "%.1f %s", size, kUnits[unit]);
    return text;
}

std::string shown_duration(int64_t milliseconds) {
    const double seconds = static_cast<double>(milliseconds) / 1000;
    char text[32];
    if (seconds < 1) {
        std::snprintf(text, sizeof text, "%d ms", static_cast<int>(milliseconds));
    } else if (seconds < 120) {
        std::snprintf(text, sizeof text, "%.1f s", seconds);
    } else if (seconds < 7200) {
        std::snprintf(text, sizeof text, "%.0f min", seconds / 60);
    } else if (seconds < 48 * 3600) {
        std::snprintf(text, sizeof text, "%.1f h", seconds / 3600);
    } else {
        std::snprintf(text, sizeof text, "%.1f days", seconds / 86400);
    }
    return text;
}

std::string shown_time(int64_t unix_ms) {
    if (unix_ms == 0) {
        return {};
    }
    const std::time_t time = unix_ms / 1000;
    std::tm utc{};
    gmtime_r(&time, &utc);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &utc);
    return text;
}

} // namespace nem12::loader

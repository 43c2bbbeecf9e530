#include "log/log.hpp"

namespace nem12::loader {

namespace {

constexpr std::string_view kMask = "***";

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n'; }

// Is this place inside a URL? There & separates, elsewhere it is a character like any other.
bool in_url(std::string_view text, size_t at) {
    const size_t space = text.substr(0, at).find_last_of(" \t\n");
    return text.substr(0, at).find("://", space == std::string_view::npos ? 0 : space) != std::string_view::npos;
}

// Where the value that starts at `at` ends: at the closing quote of '...' or "...", else before the next space that is not
// escaped. Rather too much is masked than too little.
size_t end_of_value(std::string_view text, size_t at) {
    if (at < text.size() && (text[at] == '\'' || text[at] == '"')) {
        for (size_t i = at + 1; i < text.size(); ++i) {
            if (text[i] == '\\') {
                ++i;
            } else if (text[i] == text[at]) {
                return i + 1;
            }
        }
        return text.size();
    }
    const bool url = in_url(text, at);
    while (at < text.size() && !is_space(text[at]) && !(url && text[at] == '&')) {
        at += text[at] == '\\' && at + 1 < text.size() ? 2 : 1;
    }
    return at;
}

bool starts_with_ignoring_case(std::string_view text, std::string_view word) {
    if (text.size() < word.size()) {
        return false;
    }
    for (size_t i = 0; i < word.size(); ++i) {
        char c = text[i];
        if (c >= 'A' && c <= 'Z') {
            c = static_cast<char>(c - 'A' + 'a');
        }
        if (c != word[i]) {
            return false;
        }
    }
    return true;
}

void mask_assignments(std::string &text) {
    for (size_t at = 0; at < text.size(); ++at) {
        size_t value = 0;
        for (std::string_view word : {"password", "sslpassword", "passwd"}) {
            if (starts_with_ignoring_case(std::string_view(text).substr(at), word)) {
                value = at + word.size();
            }
        }
        if (value == 0) {
            continue;
        }
        while (value < text.size() && text[value] == ' ') {
            ++value;
        }
        if (value == text.size() || text[value] != '=') {
            continue;
        }
        ++value;
        while (value < text.size() && text[value] == ' ') {
            ++value;
        }
        text.replace(value, end_of_value(text, value) - value, kMask);
        at = value + kMask.size() - 1;
    }
}

void mask_urls(std::string &text) {
    for (size_t scheme = text.find("://"); scheme != std::string::npos; scheme = text.find("://", scheme + 3)) {
        const size_t start = scheme + 3;
        const size_t end = text.find_first_of(" \t\n", start); // a password may hold / and ?
        const std::string_view authority = std::string_view(text).substr(start, end - start);
        const size_t at = authority.rfind('@');
        const size_t colon = authority.find(':');
        if (at != std::string_view::npos) {
            const size_t secret = colon < at ? colon + 1 : 0; // a login without a colon may be a token
            text.replace(start + secret, at - secret, kMask);
        }
    }
}

} // namespace

std::string mask_secrets(std::string_view text) {
    std::string masked(text);
    mask_assignments(masked);
    mask_urls(masked);
    return masked;
}

} // namespace nem12::loader

#include "pg/text.hpp"

extern "C" {
#include "mb/pg_wchar.h"
}

namespace nem12::pg {
namespace {

// A line feed is ours: it parts the 400 records of a day. In a field of a file it cannot be.
bool is_printable(unsigned char c) { return (c >= 0x20 && c < 0x7f) || c == '\n'; }

bool all_printable(std::string_view bytes) {
    bool printable = true;
    for (unsigned char c : bytes)
        printable &= is_printable(c);
    return printable;
}

// Length of the legal, visible UTF-8 character at the front of `bytes`; 0 when there is none.
size_t utf8_character(std::string_view bytes) {
    constexpr unsigned char kFirstVisible = 0xa0; // below it are the C1 controls, written C2 80..C2 9F
    const auto *p = reinterpret_cast<const unsigned char *>(bytes.data());
    const int length = pg_utf_mblen(p);
    if (length < 2 || static_cast<size_t>(length) > bytes.size() || !pg_utf8_islegal(p, length))
        return 0;
    return p[0] == 0xc2 && p[1] < kFirstVisible ? 0 : static_cast<size_t>(length);
}

// Writes at most 4 * bytes.size() bytes to `out`; returns their number.
size_t escape(std::string_view bytes, char *out) {
    static constexpr char kDigits[] = "0123456789abcdef";
    const bool utf8 = GetDatabaseEncoding() == PG_UTF8;
    char *const start = out;
    while (!bytes.empty()) {
        const auto c = static_cast<unsigned char>(bytes.front());
        size_t length = is_printable(c) ? 1 : 0;
        if (length == 0 && utf8 && c >= 0x80)
            length = utf8_character(bytes);
        if (length == 0) {
            *out++ = '\\';
            *out++ = 'x';
            *out++ = kDigits[c >> 4];
            *out++ = kDigits[c & 15];
            bytes.remove_prefix(1);
            continue;
        }
        memcpy(out, bytes.data(), length);
        out += length;
        bytes.remove_prefix(length);
    }
    return static_cast<size_t>(out - start);
}

} // namespace

char *to_cstring(std::string_view bytes) {
    if (all_printable(bytes))
        return pnstrdup(bytes.data(), bytes.size());
    auto *out = static_cast<char *>(palloc(4 * bytes.size() + 1));
    out[escape(bytes, out)] = '\0';
    return out;
}

text *to_text(std::string_view bytes) {
    if (all_printable(bytes))
        return cstring_to_text_with_len(bytes.data(), static_cast<int>(bytes.size()));
    auto *out = static_cast<text *>(palloc(VARHDRSZ + 4 * bytes.size()));
    SET_VARSIZE(out, VARHDRSZ + escape(bytes, VARDATA(out)));
    return out;
}

std::string_view view_of(const varlena *packed) {
    return {VARDATA_ANY(packed), static_cast<size_t>(VARSIZE_ANY_EXHDR(packed))};
}

} // namespace nem12::pg

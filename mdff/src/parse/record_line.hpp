#pragma once
// The record being read: its line, and how it falls into fields.

#include "parse/fields.hpp"
#include "parse/finding_log.hpp"
#include "parse/line_reader.hpp"

namespace mdff {

class RecordLine {
public:
    explicit RecordLine(FindingLog &log) noexcept : log_(log) {}

    // `line` was read: looks at its indicator and forgets what was said of the record before.
    void begin() noexcept;

    Line line{};
    int indicator = 0;         // 0 when it has none
    bool ends_context = false; // it was not understood: what follows may not belong to what came before

    // The line in `buffer` (of kMaxLineLength), without quotes; says what is wrong with its characters.
    std::string_view clean(char *buffer) noexcept;
    // The same in fields. `text_fields`: a bit for each field that is free text, in which a comma may stand.
    void split(char *buffer, Fields &out, uint32_t text_fields = 0) noexcept;
    // What concerns each field of a record alike.
    void check_fields(const Fields &fields, uint32_t text_fields) noexcept;
    // A record has `all` fields. False without the first `least` of them: nothing can be made of it.
    bool check_count(const Fields &fields, int all, int least) noexcept;
    // Puts the commas of quotes back into a part of the clean line; true when there were any.
    bool restore_commas(char *text, size_t size) const noexcept;

private:
    FindingLog &log_;
    bool has_quoted_comma_ = false;

    size_t unquote(std::string_view text, char *buffer) noexcept;
};

} // namespace mdff

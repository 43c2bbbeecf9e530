#pragma once
// Cuts pushed chunks into lines. A line that lies whole in a chunk is handed out in place; only the piece of a line at a
// chunk's end is copied, into a fixed buffer.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "mdff/parser.hpp"

namespace mdff {

enum class LineStatus : uint8_t { kLine, kNeedInput, kEnd };

struct Line {
    std::string_view text; // without its line end; of a line that is too long, only its beginning
    uint64_t number = 0;   // 1-based
    bool too_long = false;
    bool byte_order_mark = false; // one was cut off (first line only)
    bool carriage_return = false; // the line end was CRLF
    bool line_feed = false;       // there was a line end
};

class LineReader {
public:
    // The chunk must stay valid until next() returns kNeedInput.
    void push(std::span<const char> chunk) noexcept;
    void finish() noexcept { finished_ = true; }

    // The line lives until the next call.
    LineStatus next(Line &out) noexcept;

private:
    const char *cursor_ = nullptr;
    const char *end_ = nullptr;
    uint64_t line_number_ = 0;
    size_t carried_ = 0;      // bytes of an unfinished line in carry_
    bool carry_used_ = false; // the line handed out last lies in carry_
    bool overflowed_ = false; // the unfinished line is longer than kMaxLineLength
    bool finished_ = false;
    char carry_[kMaxLineLength];

    void carry(const char *from, size_t size) noexcept;
    void hand_out(std::string_view text, bool line_feed, Line &out) noexcept;
};

} // namespace mdff

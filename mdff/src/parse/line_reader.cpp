#include "parse/line_reader.hpp"

#include <algorithm>
#include <cstring>

namespace mdff {

void LineReader::push(std::span<const char> chunk) noexcept {
    cursor_ = chunk.data();
    end_ = cursor_ + chunk.size();
}

LineStatus LineReader::next(Line &out) noexcept {
    if (carry_used_) {
        carry_used_ = false;
        carried_ = 0;
        overflowed_ = false;
    }
    if (cursor_ != end_) {
        const auto *line_feed = static_cast<const char *>(std::memchr(cursor_, '\n', static_cast<size_t>(end_ - cursor_)));
        const char *const line_end = line_feed == nullptr ? end_ : line_feed;
        const auto size = static_cast<size_t>(line_end - cursor_);
        if (line_feed != nullptr && carried_ == 0) {
            const char *const start = cursor_;
            cursor_ = line_feed + 1;
            hand_out({start, size}, true, out);
            return LineStatus::kLine;
        }
        carry(cursor_, size);
        cursor_ = line_end;
        if (line_feed != nullptr) {
            ++cursor_;
            carry_used_ = true;
            hand_out({carry_, carried_}, true, out);
            return LineStatus::kLine;
        }
    }
    if (!finished_)
        return LineStatus::kNeedInput;
    if (carried_ == 0)
        return LineStatus::kEnd;
    carry_used_ = true;
    hand_out({carry_, carried_}, false, out);
    return LineStatus::kLine;
}

void LineReader::carry(const char *from, size_t size) noexcept {
    const size_t room = kMaxLineLength - carried_;
    if (size > room)
        overflowed_ = true;
    std::memcpy(carry_ + carried_, from, std::min(size, room));
    carried_ += std::min(size, room);
}

void LineReader::hand_out(std::string_view text, bool line_feed, Line &out) noexcept {
    out = Line{};
    out.number = ++line_number_;
    out.line_feed = line_feed;
    out.too_long = overflowed_ || text.size() > kMaxLineLength;
    // The same beginning whether the line lay in one chunk or in several: what is said of it must not depend on the cut.
    text = text.substr(0, kMaxLineLength);
    if (line_feed && !out.too_long && !text.empty() && text.back() == '\r') {
        out.carriage_return = true;
        text.remove_suffix(1);
    }
    if (line_number_ == 1 && text.starts_with("\xEF\xBB\xBF")) {
        out.byte_order_mark = true;
        text.remove_prefix(3);
    }
    out.text = text;
}

} // namespace mdff

#include "unpack/mdff_text.hpp"

#include <algorithm>

namespace nem12::loader {

namespace {

constexpr std::string_view kWhite = " \t\r\n";
constexpr size_t kMostHeld = 4096; // more is no layout any more, and the validator's to judge
constexpr size_t kBufferBytes = 64 * 1024;

} // namespace

void MdffText::add(std::string_view piece) {
    if (!begun_)
        piece.remove_prefix(std::min(piece.find_first_not_of(kWhite), piece.size()));
    if (piece.empty())
        return;
    begun_ = true;
    size_t white = piece.find_last_not_of(kWhite) + 1; // npos + 1 is 0: nothing else
    if (white > 0) {
        append(held_);
        held_.clear();
        append(piece.substr(0, white));
    }
    held_ += piece.substr(white);
    if (held_.size() > kMostHeld) {
        append(held_);
        held_.clear();
    }
}

void MdffText::append(std::string_view piece) {
    while (!piece.empty()) {
        size_t end = std::min(piece.find('\n'), piece.size());
        buffer_ += piece.substr(0, end);
        if (end > 0)
            last_ = piece[end - 1];
        piece.remove_prefix(end);
        if (!piece.empty()) {
            buffer_ += last_ == '\r' ? "\n" : "\r\n";
            last_ = '\n';
            piece.remove_prefix(1);
        }
        if (buffer_.size() >= kBufferBytes)
            flush();
    }
}

void MdffText::flush() {
    if (!buffer_.empty())
        out_({buffer_.data(), buffer_.size()});
    buffer_.clear();
}

void MdffText::finish() {
    if (begun_ && last_ != '\n')
        append("\n");
    flush();
    begun_ = false;
    last_ = '\n';
    held_.clear();
}

} // namespace nem12::loader

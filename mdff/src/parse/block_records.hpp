#pragma once
// The records around all others: 100 and 900 (MDFF 4.2, 4.7). A block is what lies between them.

#include "parse/reading.hpp"

namespace mdff {

class BlockRecords {
public:
    explicit BlockRecords(Reading &reading) noexcept : reading_(reading), log_(reading.log) {}
    BlockRecords(const BlockRecords &) = delete;

    void read_header() noexcept; // 100
    void read_end() noexcept;    // 900
    void see_data() noexcept { any_record_ = has_data_ = true; }
    void finish() noexcept; // no more lines

    // For a data record that no 100 with a version precedes: its version is taken from the record.
    bool needs_header() const noexcept { return state_ != State::kOpen || !has_header_; }
    void assume_header() noexcept;
    // A line that was not understood may have been the 100 of what follows: the header before it does not speak for that.
    void forget_header() noexcept;

    const Header &header() const noexcept { return header_; }

private:
    enum class State : uint8_t { kNone, kOpen, kEnded };

    Reading &reading_;
    FindingLog &log_;
    State state_ = State::kNone;
    bool has_header_ = false; // the block began with a 100 or an assumed one
    bool has_data_ = false;   // a record other than 100 and 900
    bool any_record_ = false; // in the file
    Header header_{};
    char text_[kMaxLineLength];

    void open() noexcept;
};

} // namespace mdff

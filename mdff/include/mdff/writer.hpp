#pragma once
// The MDFF writer: records in, conforming lines (CRLF, every comma) out, into a buffer the caller gives. A description that has
// a comma or a quote in it, which no conforming file can have, is quoted. Each call writes one whole record and returns true,
// or writes nothing and returns false when the room is too small.

#include <cstddef>
#include <span>
#include <string_view>

#include "mdff/record.hpp"

namespace mdff {

class Writer {
public:
    explicit Writer(std::span<char> buffer) noexcept : buffer_(buffer) {}

    bool header(const Header &header) noexcept;                 // 100
    bool channel(const ChannelDetails &channel) noexcept;       // 200
    bool day(const IntervalDay &day) noexcept;                  // 300 and its 400s
    bool b2b(const B2bDetails &b2b) noexcept;                   // 500
    bool accumulation(const AccumulationRead &read) noexcept;   // 250
    bool accumulation_b2b(const AccumulationB2b &b2b) noexcept; // 550
    bool end() noexcept;                                        // 900

    std::string_view written() const noexcept { return {buffer_.data(), size_}; }
    void clear() noexcept { size_ = 0; }

private:
    std::span<char> buffer_;
    size_t size_ = 0;
};

// Room one day() may need at most: 288 values, 288 events with full descriptions, none of them quoted.
inline constexpr size_t kMaxDayText =
    256 + kMaxIntervals * (kMaxDecimalLength + 1) + (kMaxIntervals + 1) * (32 + kMaxDescription);

} // namespace mdff

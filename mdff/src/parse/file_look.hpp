#pragma once
// Whether a file is an MDFF at all: decided at the first line that is not blank, for XML at a later one.

#include "parse/finding_log.hpp"
#include "parse/line_reader.hpp"

namespace mdff {

class FileLook {
public:
    explicit FileLook(FindingLog &log) noexcept : log_(log) {}

    // Whether the line belongs to an MDFF.
    bool is_mdff(const Line &line) noexcept { return state_ == State::kMdff || look(line); }
    void finish() noexcept; // no more lines
    bool refused() const noexcept { return state_ == State::kNotMdff; }

private:
    enum class State : uint8_t { kUnknown, kXml, kMdff, kNotMdff };

    FindingLog &log_;
    State state_ = State::kUnknown;
    std::string_view note_;
    uint64_t line_ = 0; // the first one that is not blank

    bool look(const Line &line) noexcept;
    bool refuse(Rule rule, std::string_view text) noexcept;
};

} // namespace mdff

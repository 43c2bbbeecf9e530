#pragma once
// The state machine behind Parser: takes line after line and gives each to the reader of its record, in the order of MDFF 4.1.

#include "parse/accumulation_records.hpp"
#include "parse/block_records.hpp"
#include "parse/file_look.hpp"
#include "parse/interval_records.hpp"
#include "parse/line_reader.hpp"
#include "parse/reading.hpp"

namespace mdff {

class Parser::Machine {
public:
    explicit Machine(const ParserOptions &options) noexcept
        : reading(options), blocks(reading), intervals(reading), accumulation(reading), look_(reading.log) {}

    Event next() noexcept;

    LineReader lines;
    Finding finding{};
    Reading reading;
    BlockRecords blocks;
    IntervalRecords intervals;
    AccumulationRecords accumulation;

private:
    FileLook look_;
    bool has_line_ = false; // a line was taken and not read yet
    bool said_line_ending_ = false;
    bool ended_ = false;

    void take_line() noexcept;
    void step() noexcept;
    void read_record() noexcept;
    void check_line_end() noexcept;
    void read_data() noexcept;
    void read_unknown() noexcept;
    void lose_context() noexcept;
    void end_input() noexcept;
};

} // namespace mdff

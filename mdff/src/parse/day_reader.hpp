#pragma once
// Reads a 300 record (MDFF 4.4): by a quick path for lines in which everything is as it should be, and by an exact one that
// says what is wrong with the others.

#include "parse/channel.hpp"
#include "parse/day_builder.hpp"
#include "parse/reading.hpp"

namespace mdff {

class DayReader {
public:
    DayReader(Reading &reading, Channel &channel, DayBuilder &builder) noexcept
        : reading_(reading), log_(reading.log), channel_(channel), builder_(builder) {}

    void read() noexcept; // into the builder, which began a day

private:
    Reading &reading_;
    FindingLog &log_;
    Channel &channel_;
    DayBuilder &builder_;
    char note_[24]; // for the text of a finding

    bool read_quickly() noexcept;
    bool read_usual_tail(std::string_view tail, int field) noexcept;
    void read_exactly() noexcept;
    bool read_value(std::string_view text, int field, int index) noexcept;
    void finish_values() noexcept;
    bool check_value_count(std::string_view line, const Separators &separators) noexcept;
    void report_value_count(int values) noexcept;
    void take_date(Date date, std::string_view text) noexcept;
    void read_tail(const Fields &tail) noexcept;
};

} // namespace mdff

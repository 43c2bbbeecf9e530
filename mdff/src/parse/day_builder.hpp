#pragma once
// A day while it is read: a 300 and the 400s after it. It owns what of them outlives their lines.

#include "mdff/record.hpp"
#include "scan/value_scan.hpp"

namespace mdff {

class DayBuilder {
public:
    void begin(uint64_t line, int interval_length) noexcept;

    IntervalDay day{};
    ScannedValues scanned;     // of the 300
    bool has_own_date = false; // no earlier day of the channel has its date
    bool explained = false;    // its 300 has an error
    uint32_t records = 0;      // 300 and 400s

    void set_quality(const Quality &quality) noexcept;

    // Where the 400s have come to.
    static constexpr int kUnknown = -1; // the last one is unreadable
    int last_interval = 0;
    uint64_t last_event_line = 0;
    bool events_good = true;
    void keep_event(const IntervalEvent &event, uint64_t line) noexcept;

    std::span<const IntervalEvent> events() const noexcept { return {events_, event_count_}; }

    // The records of a refused day that have no error of their own, each to be reported on its line. `explained_event`: the
    // line of a 400 that has one after all.
    void refuse(uint64_t explained_event) noexcept;
    bool next_unexplained(uint64_t &line, int &record) noexcept;

private:
    char method_[3];
    char description_[kMaxDescription];
    size_t event_count_ = 0;
    size_t event_text_size_ = 0;
    IntervalEvent events_[kMaxIntervals];
    uint64_t event_lines_[kMaxIntervals];
    char event_methods_[kMaxIntervals][3];
    char event_text_[kMaxIntervals * kMaxDescription];
    uint64_t unexplained_[kMaxIntervals + 1];
    int unexplained_count_ = 0, unexplained_next_ = 0;
    bool unexplained_day_ = false; // the first of them is the 300
};

} // namespace mdff

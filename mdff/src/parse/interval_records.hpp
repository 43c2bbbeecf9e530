#pragma once
// The records of NEM12: 200, 300, 400 and 500 (MDFF 4), and the life of a channel and its days.

#include "parse/day_reader.hpp"

namespace mdff {

class IntervalRecords {
public:
    explicit IntervalRecords(Reading &reading) noexcept
        : reading_(reading), log_(reading.log), day_reader_(reading, channel_, builder_) {}
    IntervalRecords(const IntervalRecords &) = delete;

    void read_channel() noexcept;
    void read_day() noexcept;
    void read_event() noexcept;
    void read_b2b() noexcept;

    // A day is open until a record other than a 400 follows.
    bool day_is_open() const noexcept { return day_is_open_; }
    // Says what only the whole day shows, and hands it out or refuses it.
    void close_day() noexcept;
    // A refused day has more records than a FindingLog has room for, so they are reported one at a time; false: no more.
    bool report_next_unexplained() noexcept;
    void close_channel() noexcept; // no more days follow
    void begin_block() noexcept;
    void lose_context() noexcept; // after close_channel()

    const ChannelDetails &channel() const noexcept { return channel_.details; }
    const IntervalDay &day() const noexcept { return builder_.day; }
    const B2bDetails &b2b() const noexcept { return b2b_; }

private:
    Reading &reading_;
    FindingLog &log_;
    Channel channel_;
    DayBuilder builder_;
    DayReader day_reader_;
    bool day_is_open_ = false;
    Parent day_state_ = Parent::kMissing; // of the day that 400s and 500s belong to
    bool b2b_seen_ = false;               // a 500 follows the day
    B2bDetails b2b_{};

    void check_interval_length(const Fields &fields, int field) noexcept;
    void check_tiling(const Fields &fields, IntervalEvent &event) noexcept;
    bool find_day_of_b2b() noexcept;
};

} // namespace mdff

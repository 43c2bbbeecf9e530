#pragma once
// The records of NEM13: 250 and 550 (MDFF 5).

#include "parse/reading.hpp"

namespace mdff {

class AccumulationRecords {
public:
    explicit AccumulationRecords(Reading &reading) noexcept : reading_(reading), log_(reading.log), checks_(reading.checks) {}
    AccumulationRecords(const AccumulationRecords &) = delete;

    void read() noexcept;     // 250
    void read_b2b() noexcept; // 550
    void begin_block() noexcept { state_ = Parent::kMissing; }
    void lose_context() noexcept { state_ = Parent::kLost; }

    const AccumulationRead &accumulation() const noexcept { return read_; }
    const AccumulationB2b &b2b() const noexcept { return b2b_; }

private:
    Reading &reading_;
    FindingLog &log_;
    RecordChecks &checks_;
    Parent state_ = Parent::kMissing; // of the read that 550s belong to
    size_t b2b_size_ = 0;             // of the 550s that it has
    AccumulationRead read_{};
    AccumulationB2b b2b_{};

    RegisterRead check_read(const Fields &fields, int field, QualityUse use) noexcept;
};

} // namespace mdff

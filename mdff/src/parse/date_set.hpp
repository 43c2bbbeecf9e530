#pragma once
// A set of dates, a bit for each day of the range that interval dates must lie in.

#include "mdff/calendar.hpp"

namespace mdff {

class DateSet {
public:
    static bool in_range(Date date) noexcept { return date.days >= kFirst && date.days <= kLast; }

    void clear() noexcept; // touches no more than was set
    void insert(Date date) noexcept;
    bool contains(Date date) const noexcept;

private:
    static constexpr int kFirst = 7305; // 1990-01-01
    static constexpr int kLast = 47481; // 2099-12-31
    uint64_t words_[(kLast - kFirst) / 64 + 1] = {};
    int lowest_ = kLast + 1, highest_ = kFirst - 1;
};

} // namespace mdff

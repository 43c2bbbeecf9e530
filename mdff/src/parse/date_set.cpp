#include "parse/date_set.hpp"

#include <algorithm>

namespace mdff {

void DateSet::clear() noexcept {
    for (int day = lowest_; day <= highest_; day += 64)
        words_[(day - kFirst) / 64] = 0;
    if (lowest_ <= highest_)
        words_[(highest_ - kFirst) / 64] = 0;
    lowest_ = kLast + 1;
    highest_ = kFirst - 1;
}

void DateSet::insert(Date date) noexcept {
    if (!in_range(date))
        return;
    lowest_ = std::min(lowest_, date.days);
    highest_ = std::max(highest_, date.days);
    const auto bit = static_cast<unsigned>(date.days - kFirst);
    words_[bit / 64] |= uint64_t{1} << bit % 64;
}

bool DateSet::contains(Date date) const noexcept {
    if (!in_range(date))
        return false;
    const auto bit = static_cast<unsigned>(date.days - kFirst);
    return (words_[bit / 64] >> bit % 64 & 1) != 0;
}

} // namespace mdff

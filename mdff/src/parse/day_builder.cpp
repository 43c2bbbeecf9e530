#include "parse/day_builder.hpp"

#include <cstring>

namespace mdff {

namespace {

std::string_view keep(std::string_view text, char *to) noexcept {
    if (!text.empty())
        std::memcpy(to, text.data(), text.size());
    return {to, text.size()};
}

} // namespace

void DayBuilder::begin(uint64_t line, int interval_length) noexcept {
    day = {};
    day.date = kNoDate;
    day.interval_length = interval_length;
    day.quality.reason_code = kNoReason;
    day.updated = day.msats_loaded = kNoDateTime;
    day.line = line;
    has_own_date = explained = false;
    records = 1;
    last_interval = 0;
    events_good = true;
    event_count_ = event_text_size_ = 0;
}

void DayBuilder::set_quality(const Quality &quality) noexcept {
    day.quality = {keep(quality.method.substr(0, sizeof method_), method_), quality.reason_code,
                   keep(quality.reason_description.substr(0, sizeof description_), description_)};
}

void DayBuilder::keep_event(const IntervalEvent &event, uint64_t line) noexcept {
    // Good events do not overlap, so there are no more than intervals, but for a day whose length is unknown: it is refused.
    if (event_count_ == kMaxIntervals)
        return;
    event_lines_[event_count_] = line;
    IntervalEvent &kept = events_[event_count_];
    kept = event;
    kept.quality.method = keep(event.quality.method, event_methods_[event_count_]);
    kept.quality.reason_description = keep(event.quality.reason_description, event_text_ + event_text_size_);
    event_text_size_ += event.quality.reason_description.size();
    ++event_count_;
}

void DayBuilder::refuse(uint64_t explained_event) noexcept {
    unexplained_next_ = unexplained_count_ = 0;
    unexplained_day_ = !explained;
    if (unexplained_day_)
        unexplained_[unexplained_count_++] = day.line;
    for (size_t i = 0; i < event_count_; ++i) {
        if (event_lines_[i] != explained_event)
            unexplained_[unexplained_count_++] = event_lines_[i];
    }
}

bool DayBuilder::next_unexplained(uint64_t &line, int &record) noexcept {
    if (unexplained_next_ == unexplained_count_)
        return false;
    record = unexplained_next_ == 0 && unexplained_day_ ? 300 : 400;
    line = unexplained_[unexplained_next_++];
    return true;
}

} // namespace mdff

#pragma once
// Quality as stored with a day: two short texts in the format's own notation, lossless and readable.
//   quality   "A" | "S52,76" | "F14,0,free text"          (300: QualityMethod[,ReasonCode[,ReasonDescription]])
//   events    "" | "1,20,F14,76\n21,48,A"                  (one line per 400: Start,End,QualityMethod[,ReasonCode[,Text]])

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "mdff/record.hpp"

namespace mdff {

// Bytes format_quality / format_events may need at most.
inline constexpr size_t kMaxQualityText = 3 + 1 + 3 + 1 + kMaxDescription;
size_t max_events_text(size_t event_count) noexcept;

size_t format_quality(const Quality &quality, std::span<char> out) noexcept; // bytes written
size_t format_events(std::span<const IntervalEvent> events, std::span<char> out) noexcept;

bool parse_quality(std::string_view text, Quality &out) noexcept;     // views into text
bool parse_event(std::string_view line, IntervalEvent &out) noexcept; // one line of events; views into it

// Walks a day's intervals in runs of equal quality: the 400s where there are any, else the 300's quality throughout.
// Intervals that no 400 covers keep the 300's quality. 1-based, both ends included.
class QualityRuns {
public:
    QualityRuns(std::string_view quality, std::string_view events, int interval_count) noexcept;
    bool next(IntervalEvent &run) noexcept; // false after the last interval, or on text that cannot be read

private:
    std::string_view events_;
    Quality day_quality_{};
    IntervalEvent pending_{};
    bool has_pending_ = false;
    int next_interval_ = 1;
    int interval_count_;
    bool read_event() noexcept;
};

} // namespace mdff

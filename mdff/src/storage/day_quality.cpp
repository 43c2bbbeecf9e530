#include "mdff/storage/day_quality.hpp"

#include <algorithm>
#include <charconv>

#include "format/text_sink.hpp"

namespace mdff {

namespace {

void add_quality(const Quality &quality, TextSink &sink) noexcept {
    sink.add(quality.method);
    if (quality.reason_code == kNoReason && quality.reason_description.empty()) {
        return;
    }
    sink.add(',');
    if (quality.reason_code != kNoReason) {
        sink.add(quality.reason_code);
    }
    if (!quality.reason_description.empty()) {
        sink.add(',');
        sink.add(quality.reason_description);
    }
}

// Cuts the text before the next `separator` off `rest`; the whole rest when there is none.
std::string_view take_until(char separator, std::string_view &rest) noexcept {
    const size_t at = std::min(rest.find(separator), rest.size());
    const std::string_view taken = rest.substr(0, at);
    rest.remove_prefix(std::min(at + 1, rest.size()));
    return taken;
}

// One to three digits.
bool parse_small(std::string_view text, int &out) noexcept {
    if (text.empty() || text.size() > 3) {
        return false;
    }
    const auto result = std::from_chars(text.data(), text.data() + text.size(), out);
    return result.ptr == text.data() + text.size() && out >= 0;
}

} // namespace

size_t max_events_text(size_t event_count) noexcept { return event_count * (2 * (5 + 1) + kMaxQualityText + 1); }

size_t format_quality(const Quality &quality, std::span<char> out) noexcept {
    TextSink sink(out);
    add_quality(quality, sink);
    return sink.size();
}

size_t format_events(std::span<const IntervalEvent> events, std::span<char> out) noexcept {
    TextSink sink(out);
    for (const IntervalEvent &event : events) {
        if (&event != events.data()) {
            sink.add('\n');
        }
        sink.add(event.start_interval);
        sink.add(',');
        sink.add(event.end_interval);
        sink.add(',');
        add_quality(event.quality, sink);
    }
    return sink.size();
}

bool parse_quality(std::string_view text, Quality &out) noexcept {
    std::string_view rest = text;
    out.method = take_until(',', rest);
    out.reason_code = kNoReason;
    const std::string_view reason = take_until(',', rest);
    out.reason_description = rest;
    if (!reason.empty()) {
        int code = 0;
        if (!parse_small(reason, code)) {
            return false;
        }
        out.reason_code = static_cast<int16_t>(code);
    }
    return !out.method.empty();
}

bool parse_event(std::string_view line, IntervalEvent &out) noexcept {
    int start = 0;
    int end = 0;
    if (!parse_small(take_until(',', line), start) || !parse_small(take_until(',', line), end) ||
        !parse_quality(line, out.quality)) {
        return false;
    }
    out.start_interval = static_cast<uint16_t>(start);
    out.end_interval = static_cast<uint16_t>(end);
    return true;
}

QualityRuns::QualityRuns(std::string_view quality, std::string_view events, int interval_count) noexcept
    : events_(events), interval_count_(interval_count) {
    if (!parse_quality(quality, day_quality_)) {
        next_interval_ = interval_count_ + 1;
    }
}

// The next event into pending_. False when its text cannot be read or it steps back behind the last one.
bool QualityRuns::read_event() noexcept {
    has_pending_ = parse_event(take_until('\n', events_), pending_) && pending_.start_interval >= next_interval_ &&
                   pending_.end_interval >= pending_.start_interval && pending_.end_interval <= interval_count_;
    return has_pending_;
}

bool QualityRuns::next(IntervalEvent &run) noexcept {
    if (next_interval_ > interval_count_) {
        return false;
    }
    if (!has_pending_ && !events_.empty() && !read_event()) {
        next_interval_ = interval_count_ + 1;
        return false;
    }
    if (has_pending_ && pending_.start_interval == next_interval_) {
        run = pending_;
        has_pending_ = false;
    } else {
        const int end = has_pending_ ? pending_.start_interval - 1 : interval_count_;
        run = {static_cast<uint16_t>(next_interval_), static_cast<uint16_t>(end), day_quality_};
    }
    next_interval_ = run.end_interval + 1;
    return true;
}

} // namespace mdff

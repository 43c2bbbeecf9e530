// The records of NEM12 but the 300: 200, 400, 500 (MDFF 4), and the life of a day.

#include <algorithm>
#include <cstring>

#include "fields.hpp"
#include "mdff/parser.hpp"

namespace mdff {

void Parser::DateSet::clear() noexcept {
    for (int day = lowest_; day <= highest_; day += 64)
        words_[(day - kFirst) / 64] = 0;
    if (lowest_ <= highest_)
        words_[(highest_ - kFirst) / 64] = 0;
    lowest_ = kLast + 1;
    highest_ = kFirst - 1;
}

void Parser::DateSet::insert(Date date) noexcept {
    if (!in_range(date))
        return;
    lowest_ = std::min(lowest_, date.days);
    highest_ = std::max(highest_, date.days);
    const auto bit = static_cast<unsigned>(date.days - kFirst);
    words_[bit / 64] |= uint64_t{1} << bit % 64;
}

bool Parser::DateSet::contains(Date date) const noexcept {
    if (!in_range(date))
        return false;
    const auto bit = static_cast<unsigned>(date.days - kFirst);
    return (words_[bit / 64] >> bit % 64 & 1) != 0;
}

void Parser::read_channel() noexcept {
    enum Field { kNmi = 1, kConfiguration, kRegister, kSuffix, kStream, kSerial, kUom, kLength, kNextRead, kCount };
    close_channel();
    channel_state_ = Parent::kRefused;
    channel_has_days_ = false;
    channel_has_good_days_ = false;
    interval_count_ = 0;
    last_date_ = kNoDate;
    dates_.clear();
    refused_dates_.clear();
    channel_ = {};
    channel_.line = line_.number;

    const bool belongs = belongs_to(Version::kNem12);
    Fields fields;
    split_record(channel_text_, fields);
    const bool countable = check_count(fields, kCount, kLength + 1);
    if (!belongs || !countable)
        return refuse(RecordKind::kChannel);
    channel_.nmi = check_nmi(fields, kNmi);
    check_suffix(fields, kConfiguration, kSuffix, Version::kNem12);
    channel_.nmi_configuration = fields[kConfiguration];
    channel_.nmi_suffix = fields[kSuffix];
    check_length(fields, kRegister, 10);
    channel_.register_id = fields[kRegister];
    check_length(fields, kStream, 2);
    channel_.mdm_data_stream = fields[kStream];
    check_length(fields, kSerial, 12);
    channel_.meter_serial = fields[kSerial];
    check_uom(fields, kUom, fields[kSuffix], Version::kNem12);
    channel_.uom = fields[kUom];
    check_interval_length(fields, kLength);
    channel_.next_scheduled_read = check_next_read_date(fields, kNextRead);

    if (refused_)
        return refuse(RecordKind::kChannel);
    channel_state_ = Parent::kGood;
    ++counts_.channels;
    ready_ = Event::kChannel;
}

// 5, 15 or 30 minutes; tolerant also takes others that divide the day evenly and that meters of other markets have.
void Parser::check_interval_length(const Fields &fields, int field) noexcept {
    int minutes = 0;
    const bool number = parse_number(fields[field], minutes);
    const bool usual = number && (minutes == 5 || minutes == 15 || minutes == 30);
    const bool readable = usual || (number && (minutes == 10 || minutes == 20 || minutes == 60));
    if (!usual) {
        const bool taken = readable && options_.dialect == Dialect::kTolerant;
        report_as(taken ? Severity::kWarning : Severity::kError, Rule::kIntervalLength, field, fields[field]);
    }
    if (!readable)
        return;
    channel_.interval_length = minutes;
    interval_count_ = kMinutesPerDay / minutes;
}

void Parser::close_channel() noexcept {
    const bool refused = refused_, explained = explained_; // of the record being read, which this is not about
    const bool open = channel_state_ == Parent::kGood || channel_state_ == Parent::kRefused;
    if (open && !channel_has_days_) {
        report_at(channel_.line, 200, Rule::kChannelWithoutDays);
    } else if (channel_state_ == Parent::kGood && !channel_has_good_days_) {
        report_at(channel_.line, 200, Rule::kAllDaysRefused);
    }
    refused_ = refused;
    explained_ = explained;
    channel_state_ = Parent::kMissing;
    day_state_ = Parent::kMissing;
    b2b_seen_ = false;
}

void Parser::read_event() noexcept {
    const bool belongs = belongs_to(Version::kNem12);
    Fields fields;
    constexpr uint32_t kDescription = 1U << 5;
    split_record(record_text_, fields, kDescription);
    const bool countable = check_count(fields, 6, 4);
    if (!day_open_) {
        if (belongs && day_state_ == Parent::kLost) {
            report_context_lost();
        } else if (belongs) {
            report(b2b_seen_ ? Rule::kEventAfterB2b : Rule::kEventWithoutDay);
        }
        context_ends_ |= !countable;
        return refuse(RecordKind::kEvent);
    }
    const bool first = day_records_++ == 1;
    if (first && !day_.quality.method.empty() && day_.quality.method != "V")
        report(Rule::kEventsUnexpected);
    last_event_line_ = line_.number;

    IntervalEvent event{};
    if (countable) {
        check_tiling(fields, event);
        event.quality = check_quality(fields, 3, QualityUse::kEvent, day_.date);
    }
    if (refused_ || !belongs) {
        day_state_ = Parent::kRefused;
        events_good_ = false;
        context_ends_ |= !countable;
    } else if (day_state_ == Parent::kRefused) {
        report(Rule::kParentRefused);
    } else {
        keep_event(event);
    }
}

// The 400s of a day cover 1..N without gap or overlap, in order (MDFF 4.5).
void Parser::check_tiling(const Fields &fields, IntervalEvent &event) noexcept {
    int bounds[2] = {0, 0};
    bool numbers = true;
    for (const int field : {1, 2}) {
        int &bound = bounds[field - 1];
        const bool number = fields[field].size() <= 4 && parse_number(fields[field], bound) && bound >= 1;
        if (number && (bound <= interval_count_ || interval_count_ == 0))
            continue;
        report(Rule::kEventInterval, field, fields[field]);
        numbers = false;
    }
    const int expected = last_interval_ + 1;
    const bool known = last_interval_ >= 0; // where the one before ends
    last_interval_ = -1;
    if (!numbers)
        return;
    const auto [start, end] = bounds;
    if (start > end)
        return report(Rule::kEventOrder, 2, fields[2]);
    last_interval_ = end;
    event.start_interval = static_cast<uint16_t>(start);
    event.end_interval = static_cast<uint16_t>(end);
    if (!known || start == expected)
        return;
    report(start < expected ? Rule::kEventOverlap : Rule::kEventGap, 1, fields[1]);
}

void Parser::keep_event(const IntervalEvent &event) noexcept {
    // Good events do not overlap, so there are no more than intervals, but for a day whose length is unknown: it is refused.
    if (event_count_ == kMaxIntervals || interval_count_ == 0)
        return;
    event_lines_[event_count_] = line_.number;
    IntervalEvent &kept = events_[event_count_];
    kept = event;
    char *const method = event_methods_[event_count_];
    std::memcpy(method, event.quality.method.data(), event.quality.method.size());
    kept.quality.method = {method, event.quality.method.size()};
    const std::string_view description = event.quality.reason_description;
    char *const text = event_text_ + event_text_size_;
    if (!description.empty())
        std::memcpy(text, description.data(), description.size());
    kept.quality.reason_description = {text, description.size()};
    event_text_size_ += description.size();
    ++event_count_;
}

// The day's last 400 was seen: says what only the whole day shows, and hands it out.
void Parser::close_day() noexcept {
    day_open_ = false;
    const bool refused_before = refused_, explained_before = explained_; // of the record being read
    refused_ = false;
    uint64_t explained_event = 0; // the line of the 400 that the gap is reported on
    const std::string_view method = day_.quality.method;
    const int16_t reason = day_.quality.reason_code;
    if (day_records_ > 1) {
        const bool short_of_end = last_interval_ >= 0 && last_interval_ < interval_count_;
        if (events_good_ && short_of_end) {
            report_at(last_event_line_, 400, Rule::kEventGap, 2);
            explained_event = last_event_line_;
        }
    } else if (method == "V") {
        report_at(day_.line, 300, Rule::kEventsMissing, interval_count_ + 2, method);
        day_explained_ |= refused_;
    } else if (method.starts_with('A') && (reason == 61 || reason == 79 || reason == 89)) {
        report_at(day_.line, 300, Rule::kEventsExpected, interval_count_ + 3);
    }
    if (refused_)
        day_state_ = Parent::kRefused;
    refused_ = refused_before;
    explained_ = explained_before;
    if (day_state_ == Parent::kRefused) {
        ++counts_.refused[static_cast<int>(RecordKind::kDay)];
        counts_.refused[static_cast<int>(RecordKind::kEvent)] += day_records_ - 1;
        counts_.refused_records += day_records_;
        if (day_has_own_date_)
            refused_dates_.insert(day_.date);
        return collect_unexplained(explained_event);
    }
    channel_has_good_days_ = true;
    day_.values = {scanned_.mantissas, static_cast<size_t>(interval_count_)};
    day_.events = {events_, event_count_};
    ++counts_.days;
    counts_.events += event_count_;
    counts_.readings += day_.values.size();
    ready_ = Event::kDay;
}

// The records of a refused day whose own lines are in order.
void Parser::collect_unexplained(uint64_t explained_event) noexcept {
    unexplained_next_ = unexplained_count_ = 0;
    unexplained_day_ = !day_explained_;
    if (unexplained_day_)
        unexplained_lines_[unexplained_count_++] = day_.line;
    for (size_t i = 0; i < event_count_; ++i) {
        if (event_lines_[i] != explained_event)
            unexplained_lines_[unexplained_count_++] = event_lines_[i];
    }
}

void Parser::read_b2b() noexcept {
    const bool belongs = belongs_to(Version::kNem12);
    Fields fields;
    split_record(record_text_, fields);
    const bool countable = check_count(fields, 5, 2);
    if (belongs && day_state_ == Parent::kMissing)
        report(Rule::kB2bWithoutDay);
    if (belongs && day_state_ == Parent::kLost)
        report_context_lost();
    b2b_seen_ = day_state_ == Parent::kRefused || day_state_ == Parent::kGood;
    if (belongs && countable) {
        b2b_ = {day_.date, check_trans_code(fields, 1), fields[2], check_time(fields, 3), fields[4], line_.number};
        check_length(fields, 2, 15);
        check_dial(fields, 4);
    }
    context_ends_ |= !countable;
    if (refused_ || !belongs || !find_day_of_b2b())
        return refuse(RecordKind::kB2b);
    ++counts_.b2b_details;
    ready_ = Event::kB2bDetails;
}

// Real files send all 500s of a channel after all its 300s, so the read's date finds the day. False when the day was refused.
bool Parser::find_day_of_b2b() noexcept {
    if (b2b_.read_time != kNoDateTime) {
        const Date read{date_of(b2b_.read_time)};
        const Date before{read.days - 1};
        const bool at_midnight = b2b_.read_time.seconds - start_of(read).seconds < 60;
        const bool is_before = !dates_.contains(read) && at_midnight && dates_.contains(before);
        const Date day = is_before ? before : read;
        if (dates_.contains(day)) {
            b2b_.date = day;
            return !refused_dates_.contains(day);
        }
    }
    return day_state_ == Parent::kGood;
}

} // namespace mdff

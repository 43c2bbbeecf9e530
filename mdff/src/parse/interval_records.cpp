#include "parse/interval_records.hpp"

namespace mdff {

void IntervalRecords::read_channel() noexcept {
    enum Field { kNmi = 1, kConfiguration, kRegister, kSuffix, kStream, kSerial, kUom, kLength, kNextRead, kCount };
    close_channel();
    channel_.begin(reading_.record.line.number);

    const bool belongs = reading_.belongs_to(Version::kNem12);
    Fields fields;
    reading_.record.split(channel_.text, fields);
    const bool countable = reading_.record.check_count(fields, kCount, kLength + 1);
    if (!belongs || !countable)
        return reading_.refuse(RecordKind::kChannel);
    RecordChecks &checks = reading_.checks;
    ChannelDetails &details = channel_.details;
    details.nmi = checks.nmi(fields, kNmi);
    checks.suffix(fields, kConfiguration, kSuffix, Version::kNem12);
    details.nmi_configuration = fields[kConfiguration];
    details.nmi_suffix = fields[kSuffix];
    checks.length(fields, kRegister, 10);
    details.register_id = fields[kRegister];
    checks.length(fields, kStream, 2);
    details.mdm_data_stream = fields[kStream];
    checks.length(fields, kSerial, 12);
    details.meter_serial = fields[kSerial];
    channel_.uom_decimals = checks.uom(fields, kUom, fields[kSuffix], Version::kNem12);
    details.uom = fields[kUom];
    check_interval_length(fields, kLength);
    details.next_scheduled_read = checks.next_read_date(fields, kNextRead);

    if (log_.failed())
        return reading_.refuse(RecordKind::kChannel);
    channel_.state = Parent::kGood;
    ++reading_.counts.channels;
    reading_.ready = Event::kChannel;
}

// 5, 15 or 30 minutes; tolerant also takes others that divide the day evenly and that meters of other markets have.
void IntervalRecords::check_interval_length(const Fields &fields, int field) noexcept {
    int minutes = 0;
    const bool number = parse_number(fields[field], minutes);
    const bool usual = number && (minutes == 5 || minutes == 15 || minutes == 30);
    const bool readable = usual || (number && (minutes == 10 || minutes == 20 || minutes == 60));
    if (!usual) {
        const bool taken = readable && reading_.options.dialect == Dialect::kTolerant;
        log_.report_as(taken ? Severity::kWarning : Severity::kError, Rule::kIntervalLength, field, fields[field]);
    }
    if (!readable)
        return;
    channel_.details.interval_length = minutes;
    channel_.interval_count = kMinutesPerDay / minutes;
}

void IntervalRecords::close_channel() noexcept {
    const bool open = channel_.state == Parent::kGood || channel_.state == Parent::kRefused;
    if (open && !channel_.has_days) {
        log_.report_at(channel_.details.line, 200, Rule::kChannelWithoutDays);
    } else if (channel_.state == Parent::kGood && !channel_.has_good_days) {
        log_.report_at(channel_.details.line, 200, Rule::kAllDaysRefused);
    }
    begin_block();
}

void IntervalRecords::begin_block() noexcept {
    channel_.state = Parent::kMissing;
    day_state_ = Parent::kMissing;
    b2b_seen_ = false;
}

void IntervalRecords::lose_context() noexcept {
    channel_.state = Parent::kLost;
    day_state_ = Parent::kLost;
}

void IntervalRecords::read_day() noexcept {
    const bool belongs = reading_.belongs_to(Version::kNem12);
    if (belongs && channel_.state == Parent::kMissing)
        log_.report(Rule::kDayWithoutChannel);
    if (belongs && channel_.state == Parent::kLost)
        reading_.report_context_lost();
    day_is_open_ = true;
    b2b_seen_ = false;
    channel_.has_days = true;
    builder_.begin(reading_.record.line.number, channel_.details.interval_length);

    day_reader_.read();
    const bool good = !log_.failed() && belongs && channel_.state == Parent::kGood;
    if (!good && !log_.explained())
        log_.report(Rule::kParentRefused);
    day_state_ = good ? Parent::kGood : Parent::kRefused;
    builder_.explained = log_.explained();
}

void IntervalRecords::read_event() noexcept {
    const bool belongs = reading_.belongs_to(Version::kNem12);
    Fields fields;
    constexpr uint32_t kDescription = 1U << 5;
    RecordLine &record = reading_.record;
    record.split(reading_.text, fields, kDescription);
    const bool countable = record.check_count(fields, 6, 4);
    if (!day_is_open_) {
        if (belongs && day_state_ == Parent::kLost) {
            reading_.report_context_lost();
        } else if (belongs) {
            log_.report(b2b_seen_ ? Rule::kEventAfterB2b : Rule::kEventWithoutDay);
        }
        record.ends_context |= !countable;
        return reading_.refuse(RecordKind::kEvent);
    }
    const std::string_view method = builder_.day.quality.method;
    const bool first = builder_.records++ == 1;
    if (first && !method.empty() && method != "V")
        log_.report(Rule::kEventsUnexpected);
    builder_.last_event_line = record.line.number;

    IntervalEvent event{};
    if (countable) {
        check_tiling(fields, event);
        event.quality = reading_.checks.quality(fields, 3, QualityUse::kEvent, builder_.day.date);
    }
    if (log_.failed() || !belongs) {
        day_state_ = Parent::kRefused;
        builder_.events_good = false;
        record.ends_context |= !countable;
    } else if (day_state_ == Parent::kRefused) {
        log_.report(Rule::kParentRefused);
    } else {
        builder_.keep_event(event, record.line.number);
    }
}

// The 400s of a day cover 1..N without gap or overlap, in order (MDFF 4.5).
void IntervalRecords::check_tiling(const Fields &fields, IntervalEvent &event) noexcept {
    int bounds[2] = {0, 0};
    bool numbers = true;
    for (const int field : {1, 2}) {
        int &bound = bounds[field - 1];
        const bool number = fields[field].size() <= 4 && parse_number(fields[field], bound) && bound >= 1;
        if (number && (bound <= channel_.interval_count || channel_.interval_count == 0))
            continue;
        log_.report(Rule::kEventInterval, field, fields[field]);
        numbers = false;
    }
    const int before = builder_.last_interval;
    builder_.last_interval = DayBuilder::kUnknown;
    if (!numbers)
        return;
    const auto [start, end] = bounds;
    if (start > end)
        return log_.report(Rule::kEventOrder, 2, fields[2]);
    builder_.last_interval = end;
    event.start_interval = static_cast<uint16_t>(start);
    event.end_interval = static_cast<uint16_t>(end);
    if (before == DayBuilder::kUnknown || start == before + 1)
        return;
    log_.report(start <= before ? Rule::kEventOverlap : Rule::kEventGap, 1, fields[1]);
}

void IntervalRecords::close_day() noexcept {
    day_is_open_ = false;
    IntervalDay &day = builder_.day;
    const std::string_view method = day.quality.method;
    const int16_t reason = day.quality.reason_code;
    bool refused = day_state_ == Parent::kRefused;
    uint64_t explained_event = 0; // the line of the 400 that the gap is reported on
    if (builder_.records > 1) {
        const bool known = builder_.events_good && builder_.last_interval != DayBuilder::kUnknown;
        if (known && builder_.last_interval < channel_.interval_count) {
            refused |= log_.report_at(builder_.last_event_line, 400, Rule::kEventGap, 2);
            explained_event = builder_.last_event_line;
        }
    } else if (method == "V") {
        const int field = channel_.interval_count + 2;
        const bool missing = log_.report_at(day.line, 300, Rule::kEventsMissing, field, method);
        builder_.explained |= missing;
        refused |= missing;
    } else if (method.starts_with('A') && (reason == 61 || reason == 79 || reason == 89)) {
        refused |= log_.report_at(day.line, 300, Rule::kEventsExpected, channel_.interval_count + 3);
    }
    ParserCounts &counts = reading_.counts;
    if (refused) {
        day_state_ = Parent::kRefused;
        counts.refused[static_cast<int>(RecordKind::kDay)] += 1;
        counts.refused[static_cast<int>(RecordKind::kEvent)] += builder_.records - 1;
        counts.refused_records += builder_.records;
        if (builder_.has_own_date)
            channel_.refused_dates.insert(day.date);
        return builder_.refuse(explained_event);
    }
    channel_.has_good_days = true;
    day.values = {builder_.scanned.mantissas, static_cast<size_t>(channel_.interval_count)};
    day.events = builder_.events();
    ++counts.days;
    counts.events += day.events.size();
    counts.readings += day.values.size();
    reading_.ready = Event::kDay;
}

bool IntervalRecords::report_next_unexplained() noexcept {
    uint64_t line = 0;
    int record = 0;
    if (!builder_.next_unexplained(line, record))
        return false;
    log_.report_at(line, record, Rule::kParentRefused);
    return true;
}

void IntervalRecords::read_b2b() noexcept {
    const bool belongs = reading_.belongs_to(Version::kNem12);
    Fields fields;
    RecordLine &record = reading_.record;
    record.split(reading_.text, fields);
    const bool countable = record.check_count(fields, 5, 2);
    if (belongs && day_state_ == Parent::kMissing)
        log_.report(Rule::kB2bWithoutDay);
    if (belongs && day_state_ == Parent::kLost)
        reading_.report_context_lost();
    b2b_seen_ = day_state_ == Parent::kRefused || day_state_ == Parent::kGood;
    if (belongs && countable) {
        RecordChecks &checks = reading_.checks;
        b2b_ = {builder_.day.date, checks.trans_code(fields, 1), fields[2], checks.time(fields, 3), fields[4],
                record.line.number};
        checks.length(fields, 2, 15);
        checks.dial(fields, 4);
    }
    record.ends_context |= !countable;
    if (log_.failed() || !belongs || !find_day_of_b2b())
        return reading_.refuse(RecordKind::kB2b);
    ++reading_.counts.b2b_details;
    reading_.ready = Event::kB2bDetails;
}

// Real files send all 500s of a channel after all its 300s, so the read's date finds the day. False when the day was refused.
bool IntervalRecords::find_day_of_b2b() noexcept {
    if (b2b_.read_time != kNoDateTime) {
        const DateSet &dates = channel_.dates;
        const Date read{date_of(b2b_.read_time)};
        const Date before{read.days - 1};
        const bool at_midnight = b2b_.read_time.seconds - start_of(read).seconds < 60;
        const bool is_before = !dates.contains(read) && at_midnight && dates.contains(before);
        const Date day = is_before ? before : read;
        if (dates.contains(day)) {
            b2b_.date = day;
            return !channel_.refused_dates.contains(day);
        }
    }
    return day_state_ == Parent::kGood;
}

} // namespace mdff

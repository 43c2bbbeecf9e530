#include "parse/accumulation_records.hpp"

namespace mdff {

void AccumulationRecords::read() noexcept {
    enum Field {
        kNmi = 1,
        kConfiguration,
        kRegister,
        kSuffix,
        kStream,
        kSerial,
        kDirection,
        kPrevious,
        kCurrent = 13,
        kQuantity = 18,
        kUom,
        kNextRead,
        kUpdated,
        kLoaded,
        kCount
    };
    state_ = Parent::kRefused;
    const bool belongs = reading_.belongs_to(Version::kNem13);
    Fields fields;
    constexpr uint32_t kDescriptions = 1U << (kPrevious + 4) | 1U << (kCurrent + 4);
    reading_.record.split(reading_.text, fields, kDescriptions);
    const bool countable = reading_.record.check_count(fields, kCount, kUom + 1);
    if (!belongs || !countable)
        return reading_.refuse(RecordKind::kRead);

    AccumulationRead &read = read_;
    read = {};
    read.line = reading_.record.line.number;
    read.nmi = checks_.nmi(fields, kNmi);
    checks_.suffix(fields, kConfiguration, kSuffix, Version::kNem13);
    read.nmi_configuration = fields[kConfiguration];
    read.nmi_suffix = fields[kSuffix];
    checks_.mandatory(fields, kRegister);
    checks_.length(fields, kRegister, 10);
    read.register_id = fields[kRegister];
    checks_.length(fields, kStream, 2);
    read.mdm_data_stream = fields[kStream];
    checks_.mandatory(fields, kSerial);
    checks_.length(fields, kSerial, 12);
    read.meter_serial = fields[kSerial];
    checks_.upper_case(fields, kDirection);
    if (fields[kDirection] != "I" && fields[kDirection] != "E")
        log_.report(Rule::kDirection, kDirection, fields[kDirection]);
    read.direction = fields[kDirection];

    read.previous = check_read(fields, kPrevious, QualityUse::kPreviousRead);
    read.current = check_read(fields, kCurrent, QualityUse::kCurrentRead);
    const bool timed = read.previous.time != kNoDateTime && read.current.time != kNoDateTime;
    if (timed && read.current.time <= read.previous.time)
        log_.report(Rule::kReadOrder, kCurrent + 1, fields[kCurrent + 1]);

    const int decimals = checks_.uom(fields, kUom, fields[kSuffix], Version::kNem13);
    read.uom = fields[kUom];
    const DecimalStatus status = checks_.decimal(fields[kQuantity], kQuantity, Rule::kQuantityNegative, read.quantity);
    const int surplus = read.quantity.scale - decimals;
    if (status == DecimalStatus::kOk && surplus > 0 && read.quantity.mantissa % kPowersOfTen[surplus] != 0)
        log_.report(Rule::kValueDecimals, kQuantity, fields[kQuantity]);
    read.next_scheduled_read = checks_.next_read_date(fields, kNextRead);
    read.updated = checks_.update_time(fields, kUpdated);
    read.msats_loaded = checks_.time(fields, kLoaded);

    if (log_.failed())
        return reading_.refuse(RecordKind::kRead);
    state_ = Parent::kGood;
    b2b_size_ = 0;
    ++reading_.counts.accumulation_reads;
    reading_.ready = Event::kAccumulationRead;
}

// The five fields of one end of the reading period: dial text, time, quality method, reason code, description.
RegisterRead AccumulationRecords::check_read(const Fields &fields, int field, QualityUse use) noexcept {
    RegisterRead read{};
    checks_.mandatory(fields, field);
    checks_.dial(fields, field);
    read.reading = fields[field];
    const std::string_view time = fields[field + 1];
    read.time = kNoDateTime;
    if (!checks_.read_time(time, field + 1, read.time))
        log_.report(Rule::kReadTime, field + 1, time);
    const Date date = read.time == kNoDateTime ? kNoDate : date_of(read.time);
    read.quality = checks_.quality(fields, field + 2, use, date);
    return read;
}

void AccumulationRecords::read_b2b() noexcept {
    const bool belongs = reading_.belongs_to(Version::kNem13);
    Fields fields;
    reading_.record.split(reading_.text, fields);
    const bool countable = reading_.record.check_count(fields, 5, 4);
    if (belongs && state_ == Parent::kLost)
        reading_.report_context_lost();
    if (belongs && countable) {
        if (state_ == Parent::kMissing)
            log_.report(Rule::kB2bWithoutRead);
        b2b_ = {checks_.trans_code(fields, 1), fields[2], checks_.trans_code(fields, 3), fields[4],
                reading_.record.line.number};
        checks_.length(fields, 2, 15);
        checks_.length(fields, 4, 15);
    }
    size_t size = 0;
    if (belongs && countable && state_ == Parent::kGood) {
        for (int field = 1; field <= 4; ++field)
            size += fields[field].size() + 1;
        if (b2b_size_ + size > kMaxReadB2bText)
            log_.report(Rule::kTooManyB2bRecords);
    }
    reading_.record.ends_context |= !countable;
    if (log_.failed() || !belongs || state_ != Parent::kGood)
        return reading_.refuse(RecordKind::kReadB2b);
    b2b_size_ += size;
    ++reading_.counts.accumulation_b2b;
    reading_.ready = Event::kAccumulationB2b;
}

} // namespace mdff

// The records of NEM13: 250 and 550 (MDFF 5).

#include "fields.hpp"
#include "mdff/parser.hpp"

namespace mdff {

void Parser::read_accumulation() noexcept {
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
    read_state_ = Parent::kRefused;
    const bool belongs = belongs_to(Version::kNem13);
    Fields fields;
    constexpr uint32_t kDescriptions = 1U << (kPrevious + 4) | 1U << (kCurrent + 4);
    split_record(record_text_, fields, kDescriptions);
    const bool countable = check_count(fields, kCount, kUom + 1);
    if (!belongs || !countable)
        return refuse(RecordKind::kRead);

    AccumulationRead &read = accumulation_;
    read = {};
    read.line = line_.number;
    read.nmi = check_nmi(fields, kNmi);
    check_suffix(fields, kConfiguration, kSuffix, Version::kNem13);
    read.nmi_configuration = fields[kConfiguration];
    read.nmi_suffix = fields[kSuffix];
    check_mandatory(fields, kRegister);
    check_length(fields, kRegister, 10);
    read.register_id = fields[kRegister];
    check_length(fields, kStream, 2);
    read.mdm_data_stream = fields[kStream];
    check_mandatory(fields, kSerial);
    check_length(fields, kSerial, 12);
    read.meter_serial = fields[kSerial];
    upper_case(fields, kDirection);
    if (fields[kDirection] != "I" && fields[kDirection] != "E")
        report(Rule::kDirection, kDirection, fields[kDirection]);
    read.direction = fields[kDirection];

    read.previous = check_read(fields, kPrevious, QualityUse::kPreviousRead);
    read.current = check_read(fields, kCurrent, QualityUse::kCurrentRead);
    const bool timed = read.previous.time != kNoDateTime && read.current.time != kNoDateTime;
    if (timed && read.current.time <= read.previous.time)
        report(Rule::kReadOrder, kCurrent + 1, fields[kCurrent + 1]);

    check_uom(fields, kUom, fields[kSuffix], Version::kNem13);
    read.uom = fields[kUom];
    const DecimalStatus status = check_decimal(fields[kQuantity], kQuantity, Rule::kQuantityNegative, read.quantity);
    const int surplus = read.quantity.scale - uom_decimals_;
    if (status == DecimalStatus::kOk && surplus > 0 && read.quantity.mantissa % kPowersOfTen[surplus] != 0)
        report(Rule::kValueDecimals, kQuantity, fields[kQuantity]);
    read.next_scheduled_read = check_next_read_date(fields, kNextRead);
    read.updated = check_update_time(fields, kUpdated);
    read.msats_loaded = check_time(fields, kLoaded);

    if (refused_)
        return refuse(RecordKind::kRead);
    read_state_ = Parent::kGood;
    read_b2b_size_ = 0;
    ++counts_.accumulation_reads;
    ready_ = Event::kAccumulationRead;
}

// The five fields of one end of the reading period: dial text, time, quality method, reason code, description.
RegisterRead Parser::check_read(const Fields &fields, int field, QualityUse use) noexcept {
    RegisterRead read{};
    check_mandatory(fields, field);
    check_dial(fields, field);
    read.reading = fields[field];
    const std::string_view time = fields[field + 1];
    read.time = kNoDateTime;
    if (!read_time(time, field + 1, read.time))
        report(Rule::kReadTime, field + 1, time);
    const Date date = read.time == kNoDateTime ? kNoDate : date_of(read.time);
    read.quality = check_quality(fields, field + 2, use, date);
    return read;
}

void Parser::read_accumulation_b2b() noexcept {
    const bool belongs = belongs_to(Version::kNem13);
    Fields fields;
    split_record(record_text_, fields);
    const bool countable = check_count(fields, 5, 4);
    if (belongs && read_state_ == Parent::kLost)
        report_context_lost();
    if (belongs && countable) {
        if (read_state_ == Parent::kMissing)
            report(Rule::kB2bWithoutRead);
        accumulation_b2b_ = {check_trans_code(fields, 1), fields[2], check_trans_code(fields, 3), fields[4], line_.number};
        check_length(fields, 2, 15);
        check_length(fields, 4, 15);
    }
    size_t size = 0;
    if (belongs && countable && read_state_ == Parent::kGood) {
        for (int field = 1; field <= 4; ++field)
            size += fields[field].size() + 1;
        if (read_b2b_size_ + size > kMaxReadB2bText)
            report(Rule::kTooManyB2bRecords);
    }
    context_ends_ |= !countable;
    if (refused_ || !belongs || read_state_ != Parent::kGood)
        return refuse(RecordKind::kReadB2b);
    read_b2b_size_ += size;
    ++counts_.accumulation_b2b;
    ready_ = Event::kAccumulationB2b;
}

} // namespace mdff

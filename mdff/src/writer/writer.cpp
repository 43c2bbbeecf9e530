#include "mdff/writer.hpp"

#include "format/text_sink.hpp"

namespace mdff {

namespace {

// One or more lines of fields; a comma goes before every field but the first of a line.
class Lines {
public:
    explicit Lines(std::span<char> out) noexcept : sink_(out) {}

    Lines &record(int indicator) noexcept {
        sink_.add(indicator);
        return *this;
    }

    Lines &text(std::string_view text) noexcept {
        sink_.add(',');
        sink_.add(text);
        return *this;
    }

    Lines &number(int number) noexcept {
        sink_.add(',');
        sink_.add(number);
        return *this;
    }

    Lines &decimal(int64_t mantissa, uint8_t scale) noexcept {
        sink_.add(',');
        if (char *room = sink_.room(kMaxDecimalLength)) {
            sink_.taken(static_cast<size_t>(format_decimal(mantissa, scale, room)));
        } else {
            char digits[kMaxDecimalLength];
            sink_.add(std::string_view(digits, static_cast<size_t>(format_decimal(mantissa, scale, digits))));
        }
        return *this;
    }

    Lines &date(Date date) noexcept {
        char digits[8];
        if (date != kNoDate) {
            format_date(date, digits);
        }
        return text({digits, date != kNoDate ? sizeof digits : 0});
    }

    Lines &date_time12(DateTime time) noexcept {
        char digits[12];
        if (time != kNoDateTime) {
            format_date_time12(time, digits);
        }
        return text({digits, time != kNoDateTime ? sizeof digits : 0});
    }

    Lines &date_time14(DateTime time) noexcept {
        char digits[14];
        if (time != kNoDateTime) {
            format_date_time14(time, digits);
        }
        return text({digits, time != kNoDateTime ? sizeof digits : 0});
    }

    Lines &quality(const Quality &quality) noexcept {
        text(quality.method);
        if (quality.reason_code == kNoReason) {
            text({});
        } else {
            number(quality.reason_code);
        }
        return description(quality.reason_description);
    }

    // Quoted where it cannot be written otherwise: such a text came from a quoted field (RFC 4180), which only the tolerant
    // dialect takes.
    Lines &description(std::string_view text) noexcept {
        if (text.find_first_of(",\"") == std::string_view::npos)
            return this->text(text);
        sink_.add(std::string_view(",\""));
        for (const char c : text) {
            if (c == '"')
                sink_.add('"');
            sink_.add(c);
        }
        sink_.add('"');
        return *this;
    }

    Lines &end() noexcept {
        sink_.add(std::string_view("\r\n"));
        return *this;
    }

    // Accounts for the lines in `size`, if all of them found room.
    bool finish(size_t &size) const noexcept {
        size += sink_.size();
        return sink_.fits();
    }

private:
    TextSink sink_;
};

} // namespace

bool Writer::header(const Header &header) noexcept {
    return Lines(buffer_.subspan(size_))
        .record(100)
        .text(header.version == Version::kNem12 ? "NEM12" : "NEM13")
        .date_time12(header.created)
        .text(header.from_participant)
        .text(header.to_participant)
        .end()
        .finish(size_);
}

bool Writer::channel(const ChannelDetails &channel) noexcept {
    return Lines(buffer_.subspan(size_))
        .record(200)
        .text(channel.nmi)
        .text(channel.nmi_configuration)
        .text(channel.register_id)
        .text(channel.nmi_suffix)
        .text(channel.mdm_data_stream)
        .text(channel.meter_serial)
        .text(channel.uom)
        .number(channel.interval_length)
        .date(channel.next_scheduled_read)
        .end()
        .finish(size_);
}

bool Writer::day(const IntervalDay &day) noexcept {
    Lines lines(buffer_.subspan(size_));
    lines.record(300).date(day.date);
    for (const int64_t value : day.values) {
        lines.decimal(value, day.scale);
    }
    lines.quality(day.quality).date_time14(day.updated).date_time14(day.msats_loaded).end();
    for (const IntervalEvent &event : day.events) {
        lines.record(400).number(event.start_interval).number(event.end_interval).quality(event.quality).end();
    }
    return lines.finish(size_);
}

bool Writer::b2b(const B2bDetails &b2b) noexcept {
    return Lines(buffer_.subspan(size_))
        .record(500)
        .text(b2b.trans_code)
        .text(b2b.ret_service_order)
        .date_time14(b2b.read_time)
        .text(b2b.index_read)
        .end()
        .finish(size_);
}

bool Writer::accumulation(const AccumulationRead &read) noexcept {
    Lines lines(buffer_.subspan(size_));
    lines.record(250)
        .text(read.nmi)
        .text(read.nmi_configuration)
        .text(read.register_id)
        .text(read.nmi_suffix)
        .text(read.mdm_data_stream)
        .text(read.meter_serial)
        .text(read.direction);
    for (const RegisterRead &end : {read.previous, read.current}) {
        lines.text(end.reading).date_time14(end.time).quality(end.quality);
    }
    return lines.decimal(read.quantity.mantissa, read.quantity.scale)
        .text(read.uom)
        .date(read.next_scheduled_read)
        .date_time14(read.updated)
        .date_time14(read.msats_loaded)
        .end()
        .finish(size_);
}

bool Writer::accumulation_b2b(const AccumulationB2b &b2b) noexcept {
    return Lines(buffer_.subspan(size_))
        .record(550)
        .text(b2b.previous_trans_code)
        .text(b2b.previous_ret_service_order)
        .text(b2b.current_trans_code)
        .text(b2b.current_ret_service_order)
        .end()
        .finish(size_);
}

bool Writer::end() noexcept { return Lines(buffer_.subspan(size_)).record(900).end().finish(size_); }

} // namespace mdff

#pragma once
// The records of an MDFF as the parser hands them out. Every string_view points into the parser and lives until its next call.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "mdff/calendar.hpp"
#include "mdff/decimal.hpp"

namespace mdff {

inline constexpr int kMaxIntervals = 288;            // 5 minutes; MDFF 3.3.3
inline constexpr int16_t kNoReason = -1;             // reason code absent
inline constexpr int kMaxDescription = 240;          // ReasonDescription VarChar(240)
inline constexpr size_t kMaxReadB2bText = 64 * 1024; // bytes of the 550s of one 250, four fields and as many separators each
inline constexpr int kMaxConfiguration = 240;        // NMIConfiguration VarChar(240)

enum class Version : uint8_t { kNem12, kNem13 };

// 100 (MDFF 4.2). created == kNoDateTime when a tolerant file has none.
struct Header {
    Version version;
    DateTime created;
    std::string_view from_participant;
    std::string_view to_participant;
    uint64_t line;
    bool assumed; // no 100 in the file (tolerant): version taken from the first record
};

// 200 (MDFF 4.3).
struct ChannelDetails {
    std::string_view nmi; // 10 characters; a valid 11th check digit has been removed (tolerant)
    std::string_view nmi_configuration;
    std::string_view register_id;
    std::string_view nmi_suffix;
    std::string_view mdm_data_stream;
    std::string_view meter_serial;
    std::string_view uom;     // as written
    int interval_length;      // minutes: 5, 15, 30; tolerant also 10, 20, 60
    Date next_scheduled_read; // kNoDate when empty
    uint64_t line;
};

// Quality method, reason code and description of a day (300), an event (400) or a reading (250).
struct Quality {
    std::string_view method; // "A", "S52", "V"
    int16_t reason_code;     // kNoReason or 0..999
    std::string_view reason_description;
};

// 400 (MDFF 4.5). Intervals are 1-based, both ends included.
struct IntervalEvent {
    uint16_t start_interval;
    uint16_t end_interval;
    Quality quality;
};

// 300 with the 400s that follow it (MDFF 4.4). Its channel is the last ChannelDetails.
struct IntervalDay {
    Date date;
    int interval_length;             // minutes
    std::span<const int64_t> values; // mantissas at `scale`; 1440 / interval_length of them
    uint8_t scale;                   // smallest that holds every value exactly
    Quality quality;                 // of the 300
    DateTime updated;                // UpdateDateTime or kNoDateTime
    DateTime msats_loaded;           // MSATSLoadDateTime or kNoDateTime
    std::span<const IntervalEvent> events;
    uint64_t line;
};

// 500 (MDFF 4.6). `date` is the day it belongs to: that of its ReadDateTime when a 300 of the block has it
// (a read at 00:00:xx may end the day before), else that of the preceding 300.
struct B2bDetails {
    Date date;
    std::string_view trans_code;
    std::string_view ret_service_order;
    DateTime read_time;          // kNoDateTime when empty
    std::string_view index_read; // dial text, as the meter shows it
    uint64_t line;
};

// One end of a 250's reading period. `reading` is dial text with its leading and trailing zeros.
struct RegisterRead {
    std::string_view reading;
    DateTime time;
    Quality quality;
};

// 250 (MDFF 5.3).
struct AccumulationRead {
    std::string_view nmi;
    std::string_view nmi_configuration;
    std::string_view register_id;
    std::string_view nmi_suffix;
    std::string_view mdm_data_stream;
    std::string_view meter_serial;
    std::string_view direction; // "I" or "E"
    RegisterRead previous;
    RegisterRead current;
    Decimal quantity;
    std::string_view uom;
    Date next_scheduled_read;
    DateTime updated;
    DateTime msats_loaded;
    uint64_t line;
};

// 550 (MDFF 5.4); belongs to the last AccumulationRead.
struct AccumulationB2b {
    std::string_view previous_trans_code;
    std::string_view previous_ret_service_order;
    std::string_view current_trans_code;
    std::string_view current_ret_service_order;
    uint64_t line;
};

} // namespace mdff

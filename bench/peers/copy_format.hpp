#pragma once
// Bytes of COPY in text and binary form (PostgreSQL manual, COPY, file formats).

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "mdff/calendar.hpp"
#include "mdff/decimal.hpp"

namespace nem12::bench {

inline constexpr int64_t kPostgresEpochDays = 10957; // 2000-01-01 in days since 1970-01-01
inline constexpr int64_t kSecondsPerDay = 86400;

template <class Int>
void append_big_endian(std::string &out, Int value) {
    for (int shift = int{sizeof(Int)} * 8 - 8; shift >= 0; shift -= 8)
        out.push_back(static_cast<char>(value >> shift));
}

class BinaryRow {
public:
    BinaryRow(std::string &out, int16_t fields) : out_(out) { append_big_endian(out_, fields); }
    void text(std::string_view value) {
        append_big_endian(out_, static_cast<int32_t>(value.size()));
        out_.append(value);
    }
    void int2(int16_t value) { fixed(value); }
    void date(mdff::Date value) { fixed(static_cast<int32_t>(value.days - kPostgresEpochDays)); }
    void timestamp(int64_t seconds) { fixed((seconds - kPostgresEpochDays * kSecondsPerDay) * 1'000'000); }
    void int4_array(const int64_t *values, int32_t count) {
        append_big_endian(out_, int32_t{20} + count * 8);
        for (const int32_t word : {1, 0, 23, count, 1})
            append_big_endian(out_, word); // 1 dimension, no nulls, int4, size, from 1
        for (int32_t i = 0; i < count; ++i) {
            append_big_endian(out_, int32_t{4});
            append_big_endian(out_, static_cast<int32_t>(values[i]));
        }
    }
    void numeric(int64_t mantissa, int scale) { // scale <= 4: one base-10000 digit after the point
        uint64_t scaled =
            static_cast<uint64_t>(mantissa < 0 ? -mantissa : mantissa) * static_cast<uint64_t>(mdff::kPowersOfTen[4 - scale]);
        int16_t digits[6];
        int count = 0;
        for (; scaled != 0; scaled /= 10000)
            digits[count++] = static_cast<int16_t>(scaled % 10000);
        append_big_endian(out_, int32_t{8} + count * 2);
        append_big_endian(out_, static_cast<int16_t>(count));
        append_big_endian(out_, static_cast<int16_t>(count - 2)); // weight of the first digit; the last one is 10^-4
        append_big_endian(out_, static_cast<uint16_t>(mantissa < 0 ? 0x4000 : 0));
        append_big_endian(out_, static_cast<int16_t>(scale));
        while (count > 0)
            append_big_endian(out_, digits[--count]);
    }

private:
    template <class Int>
    void fixed(Int value) {
        append_big_endian(out_, int32_t{sizeof(Int)});
        append_big_endian(out_, value);
    }
    std::string &out_;
};

inline std::string binary_header() { return std::string("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19); }

// CCYY-MM-DD hh:mm:ss
inline void append_timestamp(std::string &out, int64_t seconds) {
    char digits[14];
    mdff::format_date_time14({seconds}, digits);
    const std::string_view d(digits, sizeof digits);
    out.append(d.substr(0, 4)).append("-").append(d.substr(4, 2)).append("-").append(d.substr(6, 2)).append(" ");
    out.append(d.substr(8, 2)).append(":").append(d.substr(10, 2)).append(":").append(d.substr(12, 2));
}

inline void append_decimal(std::string &out, int64_t mantissa, uint8_t scale) {
    char text[mdff::kMaxDecimalLength];
    out.append(text, static_cast<size_t>(mdff::format_decimal(mantissa, scale, text)));
}

} // namespace nem12::bench

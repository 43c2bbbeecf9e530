#include "mdff/storage/values_codec.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "mdff/decimal.hpp"
#include "storage/values_block.hpp"

namespace mdff {
namespace {

using Values = std::vector<int64_t>;
using Bytes = std::vector<std::byte>;

Bytes encode(const Values &values, uint8_t scale) {
    Bytes bytes(kMaxEncodedValues);
    bytes.resize(encode_values(values, scale, bytes));
    return bytes;
}

std::string hex(const Bytes &bytes) {
    std::string text;
    for (const std::byte byte : bytes) {
        text += "0123456789abcdef"[std::to_integer<int>(byte >> 4)];
        text += "0123456789abcdef"[std::to_integer<int>(byte & std::byte{15})];
    }
    return text;
}

// Makes sure that not one byte beyond the image is read: an allocation of just its size, which AddressSanitizer guards.
struct Exact {
    explicit Exact(std::span<const std::byte> bytes) : copy(new std::byte[bytes.size()]), size(bytes.size()) {
        std::copy(bytes.begin(), bytes.end(), copy.get());
    }
    std::span<const std::byte> span() const { return {copy.get(), size}; }

    std::unique_ptr<std::byte[]> copy;
    size_t size;
};

ValuesSummary summary_of(std::span<const int64_t> values) {
    ValuesSummary summary{0, values[0], values[0]};
    for (const int64_t value : values) {
        summary.sum += value;
        summary.min = std::min(summary.min, value);
        summary.max = std::max(summary.max, value);
    }
    return summary;
}

// Encodes at a scale nothing can be taken from and checks every reader against the values.
void expect_round_trip(const Values &values) {
    const Bytes bytes = encode(values, 0);
    ASSERT_GT(bytes.size(), kValuesHeaderSize);
    const Exact image(bytes);
    ValuesHeader header;
    ASSERT_TRUE(read_values_header(image.span(), header));
    EXPECT_EQ(header.scale, 0);
    ASSERT_EQ(header.count, values.size());
    EXPECT_TRUE(check_values(image.span()));

    Values decoded(values.size());
    ASSERT_TRUE(decode_values(image.span(), decoded));
    ASSERT_EQ(decoded, values);
    for (size_t i = 0; i < values.size(); i++) {
        int64_t value;
        ASSERT_TRUE(value_at(image.span(), static_cast<int>(i), value));
        ASSERT_EQ(value, values[i]) << i;
    }
    ValuesSummary summary;
    const ValuesSummary expected = summary_of(values);
    ASSERT_TRUE(summarize_values(image.span(), summary));
    EXPECT_TRUE(summary.sum == expected.sum);
    EXPECT_EQ(summary.min, expected.min);
    EXPECT_EQ(summary.max, expected.max);

    std::vector<__int128> totals(values.size(), 7);
    ASSERT_TRUE(add_values(image.span(), totals));
    for (size_t i = 0; i < values.size(); i++) {
        ASSERT_TRUE(totals[i] == static_cast<__int128>(values[i]) + 7) << i;
    }
}

// Whatever the bytes are, the readers come back; what check_values lets through is canonical.
void expect_harmless(std::span<const std::byte> bytes) {
    const Exact image(bytes);
    std::array<int64_t, kMaxIntervals> values;
    std::array<__int128, kMaxIntervals> totals{};
    ValuesHeader header;
    ValuesSummary summary;
    int64_t value;
    const bool has_header = read_values_header(image.span(), header);
    const bool decodes = decode_values(image.span(), values);
    EXPECT_EQ(summarize_values(image.span(), summary), decodes);
    EXPECT_EQ(add_values(image.span(), totals), decodes);
    for (int index = -1; index <= kMaxIntervals; index++) {
        if (value_at(image.span(), index, value) && decodes) {
            EXPECT_EQ(value, values[static_cast<size_t>(index)]);
        }
    }
    if (decodes) {
        ASSERT_TRUE(has_header);
        const ValuesSummary expected = summary_of({values.data(), header.count});
        EXPECT_TRUE(summary.sum == expected.sum);
        EXPECT_EQ(summary.min, expected.min);
        EXPECT_EQ(summary.max, expected.max);
    }
    if (check_values(image.span())) {
        ASSERT_TRUE(decodes);
        const Bytes again = encode(Values(values.begin(), values.begin() + header.count), header.scale);
        EXPECT_TRUE(std::equal(again.begin(), again.end(), bytes.begin(), bytes.end()));
    }
}

// Every test runs on the portable kernels and on the best ones of this CPU.
class ValuesCodec : public testing::TestWithParam<CpuLevel> {
protected:
    void SetUp() override { use_cpu_level(GetParam()); }
    void TearDown() override { use_cpu_level(best_cpu_level()); }
};

INSTANTIATE_TEST_SUITE_P(Kernels, ValuesCodec, testing::Values(CpuLevel::kPortable, best_cpu_level()),
                         [](const auto &kind) { return kind.index == 0 ? "Portable" : "Best"; });

TEST_P(ValuesCodec, LayoutIsPinned) {
    EXPECT_EQ(hex(encode({0}, 3)), "01000100"
                                   "00");
    EXPECT_EQ(hex(encode(Values(48, 0), 3)), "01003000"
                                             "00"
                                             "00"
                                             "00");
    EXPECT_EQ(hex(encode(Values(16, 5), 0)), "01001000"
                                             "4005");
    EXPECT_EQ(hex(encode({1}, 0)), "01000100"
                                   "4001"); // a constant costs two bytes, one bit each would cost three
    EXPECT_EQ(hex(encode({-1}, 0)), "01000100"
                                    "40ff");
    EXPECT_EQ(hex(encode({300, 301}, 0)), "01000200"
                                          "812c01"
                                          "0200"); // the rest of the block is padded
    EXPECT_EQ(hex(encode({0, 1, 2, 3}, 0)), "01000400"
                                            "02"
                                            "e4000000");
    EXPECT_EQ(hex(encode({1, 2, 3}, 3)), "01030300"
                                         "02"
                                         "39000000");
    EXPECT_EQ(hex(encode({kMaxMantissa}, 0)), "01000100"
                                              "c0ffff63a7b3b6e00d");
    EXPECT_EQ(hex(encode({-kMaxMantissa, kMaxMantissa}, 0)), "01000200"
                                                             "fd"
                                                             "01009c584c491ff2"
                                                             "00000000000000c0ffffd8e9ac2d7803" +
                                                                 std::string(2 * (122 - 16), '0'));
}

TEST_P(ValuesCodec, ScaleIsTheSmallestThatHoldsAllValues) {
    const auto scale_of = [](const Values &values, uint8_t scale) {
        ValuesHeader header{};
        EXPECT_TRUE(read_values_header(encode(values, scale), header));
        return int{header.scale};
    };
    EXPECT_EQ(scale_of({0, 0}, 7), 0);
    EXPECT_EQ(scale_of({500, 0, 1500}, 3), 1);
    EXPECT_EQ(scale_of({500, 20, 1000}, 3), 2);
    EXPECT_EQ(scale_of({500, 20, 1001}, 3), 3);
    EXPECT_EQ(scale_of({-10'000'000, 20'000'000}, 7), 0);
    EXPECT_EQ(encode({500, -1500}, 3), encode({5, -15}, 1)); // equal days have equal bytes
    Values decoded(2);
    ASSERT_TRUE(decode_values(encode({500, -1500}, 3), decoded));
    EXPECT_EQ(decoded, (Values{5, -15}));
}

TEST_P(ValuesCodec, EveryCountComesBack) {
    std::mt19937_64 random(1);
    for (size_t count = 1; count <= kMaxIntervals; count++) {
        Values values(count);
        std::generate(values.begin(), values.end(), [&] { return static_cast<int64_t>(random() % 2501); });
        values[0] = 1; // keeps the scale
        expect_round_trip(values);
    }
}

TEST_P(ValuesCodec, EveryMagnitudeAndSignComesBack) {
    std::mt19937_64 random(2);
    for (int digits = 1; digits <= 18; digits++) {
        const int64_t limit = kPowersOfTen[digits] - 1;
        for (int kind = 0; kind < 4; kind++) {
            for (const size_t count : {1U, 15U, 16U, 17U, 48U, 96U, 288U}) {
                std::uniform_int_distribution<int64_t> any(kind == 1 ? -limit : kind == 2 ? limit - 9 : 0, limit);
                Values values(count);
                std::generate(values.begin(), values.end(), [&] { return any(random); });
                if (kind == 3) { // zeros but for the extremes
                    std::fill(values.begin(), values.end(), 0);
                    values.front() = -limit;
                    values.back() = limit;
                }
                expect_round_trip(values);
            }
        }
    }
}

TEST_P(ValuesCodec, EveryWidthComesBack) {
    std::mt19937_64 random(3);
    for (int width = 0; width <= 61; width++) {
        const uint64_t mask = (uint64_t{1} << width) - 1;
        for (const int64_t reference : {int64_t{0}, int64_t{1}, int64_t{-128}, int64_t{127}, int64_t{128}, int64_t{-32768},
                                        int64_t{32767}, int64_t{32768}, -kMaxMantissa}) {
            Values values(48);
            std::generate(values.begin(), values.end(),
                          [&] { return std::min(kMaxMantissa, reference + static_cast<int64_t>(random() & mask)); });
            values[16] = reference;
            values[17] = std::min(kMaxMantissa, reference + static_cast<int64_t>(mask));
            expect_round_trip(values);
        }
    }
}

TEST_P(ValuesCodec, ShapesComeBack) {
    std::mt19937_64 random(11);
    const auto up_to = [&](int most) { return static_cast<int64_t>(random() % static_cast<uint64_t>(most + 1)); };
    for (const int count : {288, 96, 48}) {
        for (int day = 0; day < 30; day++) {
            Values house, solar, hot_water, noise;
            for (int i = 0; i < count; i++) {
                const int from_noon = std::abs(2 * i - count) * 100 / count; // per cent of half a day
                house.push_back(20 + up_to(10) + (up_to(20) == 0 ? up_to(400) : 0));
                solar.push_back(from_noon > 50 ? 0 : (50 - from_noon) * 10 + up_to(40));
                hot_water.push_back(from_noon > 80 ? 299 + up_to(2) : 0);
                noise.push_back(up_to(2500));
            }
            for (const Values &values : {house, solar, hot_water, noise})
                expect_round_trip(values);
        }
    }
}

TEST_P(ValuesCodec, EncoderRefusesWhatItCannotHold) {
    Bytes out(kMaxEncodedValues);
    EXPECT_EQ(encode_values({}, 0, out), 0U);
    EXPECT_EQ(encode_values(Values(kMaxIntervals + 1), 0, out), 0U);
    EXPECT_EQ(encode_values(Values(1), kMaxScale + 1, out), 0U);
    out.pop_back();
    EXPECT_EQ(encode_values(Values(1), 0, out), 0U);
}

TEST_P(ValuesCodec, ReadersRefuseTooLittleRoom) {
    const Bytes bytes = encode({1, 2, 3}, 0);
    Values values(2);
    std::vector<__int128> totals(2);
    EXPECT_FALSE(decode_values(bytes, values));
    EXPECT_FALSE(add_values(bytes, totals));
    int64_t value;
    EXPECT_FALSE(value_at(bytes, 3, value));
    EXPECT_FALSE(value_at(bytes, -1, value));
}

TEST_P(ValuesCodec, OtherFormsOfTheSameValuesAreNotCanonical) {
    const auto check = [](std::initializer_list<int> bytes) {
        Bytes image;
        for (const int byte : bytes) {
            image.push_back(static_cast<std::byte>(byte));
        }
        Values values(kMaxIntervals);
        EXPECT_TRUE(decode_values(image, values)); // readable, and still refused
        return check_values(image);
    };
    EXPECT_TRUE(check({1, 0, 1, 0, 0x40, 1}));
    EXPECT_FALSE(check({1, 0, 1, 0, 0x80, 1, 0})); // a wider reference than needed
    EXPECT_FALSE(check({1, 0, 1, 0, 0x40, 0}));    // a reference of zero
    EXPECT_FALSE(check({1, 0, 1, 0, 0x01, 1, 0})); // a wider block than needed
    EXPECT_FALSE(check({1, 0, 1, 0, 0x01, 3, 0})); // padding that is not the reference
    EXPECT_FALSE(check({1, 1, 1, 0, 0x40, 10}));   // a scale that could be smaller
    EXPECT_FALSE(check({1, 1, 1, 0, 0x00}));       // zero has scale 0
    // 10^18 - 1 as the reference and 1 on top
    EXPECT_FALSE(check({1, 0, 1, 0, 0xC1, 0xFF, 0xFF, 0x63, 0xA7, 0xB3, 0xB6, 0xE0, 0x0D, 1, 0}));
}

TEST_P(ValuesCodec, BrokenHeadersAreRefused) {
    const auto readable = [](std::initializer_list<int> bytes) {
        Bytes image;
        for (const int byte : bytes) {
            image.push_back(static_cast<std::byte>(byte));
        }
        Values values(kMaxIntervals);
        return decode_values(image, values);
    };
    EXPECT_TRUE(readable({1, 0, 1, 0, 0}));
    EXPECT_FALSE(readable({}));
    EXPECT_FALSE(readable({1, 0, 1}));
    EXPECT_FALSE(readable({1, 0, 1, 0}));                                  // no block
    EXPECT_FALSE(readable({2, 0, 1, 0, 0}));                               // another version
    EXPECT_FALSE(readable({1, 8, 1, 0, 0}));                               // scale
    EXPECT_FALSE(readable({1, 0x10, 1, 0, 0}));                            // reserved bit
    EXPECT_FALSE(readable({1, 0, 0, 0, 0}));                               // no values
    EXPECT_FALSE(readable({1, 0, 0x21, 1, 0}));                            // 289 values
    EXPECT_FALSE(readable({1, 0, 1, 0, 0, 0}));                            // a block too many
    EXPECT_FALSE(readable({1, 0, 17, 0, 0}));                              // a block too few
    EXPECT_FALSE(readable({1, 0, 1, 0, 0x01, 0}));                         // half a block
    EXPECT_FALSE(readable({1, 0, 1, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0, 0x80})); // reference beyond 18 digits
}

TEST_P(ValuesCodec, DamagedImagesAreHarmless) {
    std::mt19937_64 random(4);
    for (int round = 0; round < 60; round++) {
        const int digits = 1 + round % 18;
        const int64_t limit = kPowersOfTen[digits] - 1;
        std::uniform_int_distribution<int64_t> any(round % 2 == 0 ? 0 : -limit, limit);
        Values values(1 + random() % 40);
        std::generate(values.begin(), values.end(), [&] { return any(random); });
        const Bytes bytes = encode(values, 0);
        for (size_t size = 0; size < bytes.size(); size++) {
            expect_harmless(std::span(bytes).first(size));
            EXPECT_FALSE(check_values(std::span(bytes).first(size)));
        }
        for (size_t bit = 0; bit < bytes.size() * 8; bit++) {
            Bytes flipped = bytes;
            flipped[bit / 8] ^= std::byte{1} << (bit % 8);
            expect_harmless(flipped);
        }
        Bytes longer = bytes;
        longer.push_back(std::byte{0});
        expect_harmless(longer);
        EXPECT_FALSE(check_values(longer));
    }
}

TEST_P(ValuesCodec, ArbitraryBytesAreHarmless) {
    std::mt19937_64 random(5);
    for (int round = 0; round < 20'000; round++) {
        Bytes bytes(random() % 300);
        std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<std::byte>(random()); });
        if (bytes.size() >= kValuesHeaderSize) {
            bytes[0] = std::byte{1};
            bytes[1] = static_cast<std::byte>(random() % 8);
            bytes[2] = static_cast<std::byte>(1 + random() % 255);
            bytes[3] = std::byte{0};
        }
        expect_harmless(bytes);
    }
}

TEST(ValuesKernels, GiveTheSameBytes) {
    std::mt19937_64 random(6);
    for (int width = 0; width <= 61; width++) {
        for (int round = 0; round < 50; round++) {
            std::uniform_int_distribution<int64_t> any(0, static_cast<int64_t>((uint64_t{1} << width) - 1));
            const int64_t shift = round % 2 == 0 ? 0 : static_cast<int64_t>(random() % 100'000) - kMaxMantissa;
            Values values(1 + random() % kMaxIntervals);
            std::generate(values.begin(), values.end(), [&] { return std::min(kMaxMantissa, any(random) + shift); });
            use_cpu_level(CpuLevel::kPortable);
            const Bytes portable = encode(values, 3);
            use_cpu_level(best_cpu_level());
            ASSERT_EQ(encode(values, 3), portable) << width;
        }
    }
}

} // namespace
} // namespace mdff

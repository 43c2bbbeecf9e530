#include "scan/value_scan.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "cpu/cpu.hpp"
#include "mdff/decimal.hpp"

namespace mdff {
namespace {

constexpr CpuLevel kLevels[] = {CpuLevel::kPortable, CpuLevel::kAvx2};

// Puts the level back that was there before.
class LevelGuard {
public:
    ~LevelGuard() { use_cpu_level(before_); }

private:
    CpuLevel before_ = cpu_level();
};

std::string random_value(std::mt19937 &random) {
    std::string value;
    const auto digits = [&](size_t most) {
        for (size_t i = random() % (most + 1); i > 0; --i)
            value += static_cast<char>('0' + random() % 10);
    };
    digits(9);
    if (random() % 4 != 0) {
        value += '.';
        digits(8);
    }
    return value;
}

// The line in a buffer of exactly its size, so that a sanitizer sees any read outside it.
struct Exact {
    explicit Exact(const std::string &line) : bytes(line.begin(), line.end()) {}
    std::string_view text() const { return {bytes.data(), bytes.size()}; }
    std::vector<char> bytes;
};

TEST(ValueScan, FindsEverySeparatorAtEveryLevel) {
    const LevelGuard guard;
    std::mt19937 random(3);
    for (int round = 0; round < 2000; ++round) {
        std::string line(random() % 700, 'x');
        const unsigned density = 1 + random() % 20;
        for (char &c : line) {
            if (random() % density == 0)
                c = ',';
        }
        std::vector<uint16_t> expected;
        for (size_t i = 0; i < line.size(); ++i) {
            if (line[i] == ',')
                expected.push_back(static_cast<uint16_t>(i));
        }
        expected.push_back(static_cast<uint16_t>(line.size()));
        const bool complete = expected.size() <= Separators::kMax;
        expected.resize(std::min<size_t>(expected.size(), Separators::kMax));
        const Exact exact(line);
        for (const CpuLevel level : kLevels) {
            if (!use_cpu_level(level))
                continue;
            Separators found;
            find_separators(exact.text(), found);
            ASSERT_EQ(found.complete, complete);
            ASSERT_EQ(std::vector<uint16_t>(found.at, found.at + found.count), expected);
        }
    }
}

TEST(ValueScan, AgreesWithTheExactPath) {
    const LevelGuard guard;
    std::mt19937 random(5);
    int taken = 0;
    for (int round = 0; round < 20000; ++round) {
        const int count = 1 + static_cast<int>(random() % 40);
        std::vector<std::string> values;
        std::string line = "300,20240401";
        for (int i = 0; i < count; ++i) {
            do
                values.push_back(random_value(random));
            while (round % 2 == 0 && (values.back().empty() || values.back().back() == '.' ||
                                      values.back().find('.') + 8 < values.back().size()));
            if (random() % 2000 == 0)
                values.back() += "-+eE :/,;\xB0"[random() % 8];
            line += ',' + values.back();
        }
        // A stray comma moves the fields; take them from the line as it is.
        const Exact exact(line);
        for (const CpuLevel level : kLevels) {
            if (!use_cpu_level(level))
                continue;
            Separators separators;
            find_separators(exact.text(), separators);
            ScannedValues scanned;
            const bool plain = scan_values(exact.text().data(), separators.at + 1, count, scanned);
            bool all_plain = true;
            for (int i = 0; i < count; ++i) {
                const size_t start = separators.at[i + 1] + size_t{1};
                const std::string_view text = exact.text().substr(start, separators.at[i + 2] - start);
                Decimal decimal{};
                const bool one =
                    text.size() <= 16 && !text.starts_with('-') && parse_plain_decimal(text, decimal) == DecimalStatus::kOk;
                all_plain &= one;
                if (!plain)
                    continue;
                ASSERT_TRUE(one) << text;
                ASSERT_EQ(scanned.mantissas[i], decimal.mantissa) << text;
                ASSERT_EQ(std::max<int>(scanned.decimals[i], 0), decimal.scale) << text;
            }
            ASSERT_EQ(plain, all_plain) << line;
            taken += plain;
        }
    }
    EXPECT_GT(taken, 1000);
}

TEST(ValueScan, AlignsToTheSmallestScale) {
    const auto align = [](std::vector<int64_t> mantissas, std::vector<int8_t> decimals) {
        uint8_t scale = 0;
        const bool good = align_scales(mantissas, decimals.data(), scale);
        return good ? std::pair(mantissas, int{scale}) : std::pair(std::vector<int64_t>{}, -1);
    };
    using Result = std::pair<std::vector<int64_t>, int>;
    EXPECT_EQ(align({1, 2}, {3, 3}), (Result{{1, 2}, 3}));
    EXPECT_EQ(align({5, 25}, {1, 2}), (Result{{50, 25}, 2}));
    EXPECT_EQ(align({500, 20}, {3, 2}), (Result{{5, 2}, 1}));
    EXPECT_EQ(align({0, 0}, {3, 7}), (Result{{0, 0}, 0}));
    EXPECT_EQ(align({7}, {-1}), (Result{{7}, 0}));
    EXPECT_EQ(align({-100, 30}, {1, 1}), (Result{{-10, 3}, 0}));
    EXPECT_EQ(align({kMaxMantissa, 1}, {0, 1}).second, -1);
    EXPECT_EQ(align({-kMaxMantissa, 1}, {0, 1}).second, -1);
    EXPECT_EQ(align({kMaxMantissa, 0}, {0, 7}), (Result{{kMaxMantissa, 0}, 0})); // zeros at the end are no precision
    EXPECT_EQ(align({kMaxMantissa, 120}, {1, 3}).second, -1);
    EXPECT_EQ(align({kMaxMantissa, 1200}, {1, 3}), (Result{{kMaxMantissa, 12}, 1}));
}

} // namespace
} // namespace mdff

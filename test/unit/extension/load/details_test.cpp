// details_id over the boundaries of batches and files, also where different 200 records have the same hash.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "extension/support/files.hpp"
#include "extension/support/load_tables.hpp"
#include "extension/support/server.hpp"
#include "load/details.hpp"

namespace nem12::load::test {
namespace {

using ::testing::HasSubstr;

LoadSettings with(int rows) {
    LoadSettings settings;
    settings.limits = {rows, 2 << 20};
    return settings;
}

class LoadDetails : public ::testing::TestWithParam<uint32> {
protected:
    void SetUp() override { hash_mask = GetParam(); }
    void TearDown() override { hash_mask = ~uint32{0}; }
};

// Two channels with several 200 records each, every second one too long to be remembered.
std::string many_details() {
    std::vector<std::string> records;
    for (int i = 1; i <= 12; ++i) {
        const std::string id = std::string(i % 2 == 0 ? 100 : 1, 'x') + std::to_string(i / 3);
        records.push_back(channel(i % 2 == 0 ? "E1" : "B1", kNone, id));
        records.push_back(day(i));
    }
    return nem12(records);
}

TEST_P(LoadDetails, EveryDayRefersToItsOwn200) {
    LoadSettings settings = with(100);
    settings.dialect = mdff::Dialect::kTolerant; // long serial numbers are a warning there
    hash_mask = ~uint32{0};
    const LoadedFile whole = load_file(many_details(), settings);
    ASSERT_EQ(whole.tables.days.size(), 12) << whole.error;
    hash_mask = GetParam();
    for (const int rows : {1, 2, 3, 5, 11, 12, 100}) {
        settings.limits.rows = rows;
        EXPECT_EQ(load_file(many_details(), settings).tables, whole.tables) << rows;
    }
}

TEST_P(LoadDetails, AreStoredOnceAndRememberedForTheNextFile) {
    for (const int rows : {1, 100}) {
        const LoadedFile first = load_file(nem12({channel("E1"), day(1), channel("B1"), day(1)}), with(rows));
        EXPECT_EQ(first.tables.details.size(), 2);
        const LoadedFile second = load_next_file(nem12({channel("B1"), day(2), channel("E1"), day(2)}), with(rows));
        EXPECT_EQ(second.tables.details.size(), 2);
        for (const std::string &row : second.tables.days)
            EXPECT_THAT(row, HasSubstr(row.find("|E1|") != std::string::npos ? "|METER-E1|" : "|METER-B1|"));
    }
}

TEST_P(LoadDetails, ARollbackForgets) {
    for (const int rows : {1, 100}) {
        const LoadedFile refused = load_file(nem12({channel("E1"), day(1), day(2), day(3, "A", kError)}), with(rows));
        ASSERT_NE(refused.error, "");
        const LoadedFile file = load_next_file(nem12({channel("E1"), day(1)}), with(rows));
        ASSERT_EQ(file.tables.days.size(), 1);
        EXPECT_THAT(file.tables.days[0], HasSubstr("|METER-E1|"));
    }
}

// All bits; the same slot for everything; the same number for everything.
INSTANTIATE_TEST_SUITE_P(Hashes, LoadDetails, ::testing::Values(~uint32{0}, uint32{0xffff0000}, uint32{0}, uint32{1}));

} // namespace
} // namespace nem12::load::test

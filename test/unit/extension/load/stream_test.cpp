// From bytes to rows with everything of the extension that keeps a state in between: where batches end, and that it does not
// matter.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "extension/support/files.hpp"
#include "extension/support/load_tables.hpp"
#include "extension/support/server.hpp"

namespace nem12::load::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

LoadSettings with(int rows, size_t bytes = 2 << 20, size_t chunk = SIZE_MAX) {
    LoadSettings settings;
    settings.limits = {rows, bytes};
    settings.chunk = chunk;
    return settings;
}

LoadSettings tolerant(LoadSettings settings) {
    settings.dialect = mdff::Dialect::kTolerant;
    return settings;
}

// "d3 d4 b5 | r7": the lines of the rows of each batch.
std::string batches_of(const LoadedFile &file) {
    std::string text;
    for (const StoredBatch &batch : file.batches) {
        text += text.empty() ? "" : " |";
        const auto add = [&text](char kind, const std::vector<int> &lines) {
            for (const int line : lines)
                text += (text.empty() ? "" : " ") + std::string(1, kind) + std::to_string(line);
        };
        add('d', batch.days);
        add('b', batch.b2bs);
        add('r', batch.reads);
    }
    return text;
}

std::string batches_of(const std::string &content, const LoadSettings &settings) {
    const LoadedFile file = load_file(content, settings);
    return file.error.empty() ? batches_of(file) : file.error;
}

TEST(LoadStream, StoresAtTheEndWhatFitsOneBatch) {
    EXPECT_EQ(batches_of(nem12({channel("E1"), day(1), day(2), b2b(2), channel("B1"), day(1)}), with(10)), "d7 d3 d4 b5");
    EXPECT_EQ(batches_of(nem13({read(1), b2b_of_read(), read(2)}), with(10)), "r2 r4");
}

TEST(LoadStream, StoresNothingOfAFileWithoutRows) {
    EXPECT_EQ(batches_of(nem12({channel("E1")}), tolerant(with(1))), "");
    EXPECT_EQ(load_file(nem12({channel("E1")}), tolerant(with(1))).tables.details.size(), 0);
}

TEST(LoadStream, StoresAFullBatchBeforeTheNextDay) {
    EXPECT_EQ(batches_of(nem12({channel("E1"), day(1), day(2), day(3)}), with(1)), "d3 | d4 | d5");
    EXPECT_EQ(batches_of(nem12({channel("E1"), day(1), day(2), day(3)}), with(2)), "d3 d4 | d5");
    EXPECT_EQ(batches_of(nem12({channel("E1"), day(1), day(2), day(3)}), with(3)), "d3 d4 d5");
}

TEST(LoadStream, StoresAFullBatchBeforeTheNext500) {
    EXPECT_EQ(batches_of(nem12({channel("E1"), day(1), b2b(1), b2b(1), b2b(1)}), with(1)), "d3 | b4 | b5 | b6");
    EXPECT_EQ(batches_of(nem12({channel("E1"), day(1), b2b(1), b2b(1), b2b(1), day(2)}), with(2)), "d3 b4 b5 | d7 b6");
}

TEST(LoadStream, StoresAFullBatchBeforeTheNextRead) {
    EXPECT_EQ(batches_of(nem13({read(1), read(2), read(3)}), with(1)), "r2 | r3 | r4");
    EXPECT_EQ(batches_of(nem13({read(1), read(2), read(3)}), with(2)), "r2 r3 | r4");
}

TEST(LoadStream, StoresABatchThatIsFullByItsBytes) {
    EXPECT_EQ(batches_of(nem12({channel("E1"), day(1), day(2), b2b(2)}), with(100, 1)), "d3 | d4 | b5");
    EXPECT_EQ(batches_of(nem13({read(1), b2b_of_read(), read(2)}), with(100, 1)), "r2 | r4");
}

// A 400 belongs to its day, a channel without days leaves nothing, an end of block opens nothing.
TEST(LoadStream, StoresNothingBeforeOtherRecords) {
    const std::string file = nem12({channel("E1"), day(1, "V"), event(1, 24), event(25, 48), channel("B1"), channel("K1"),
                                    "900", header("NEM12"), channel("E1"), day(2)});
    EXPECT_EQ(batches_of(file, tolerant(with(1))), "d3 | d11");
    EXPECT_EQ(batches_of(file, tolerant(with(2))), "d3 d11");
}

TEST(LoadStream, StoresNothingBetweenAReadAndIts550s) {
    const std::vector<std::string> reads{read(1), b2b_of_read(), b2b_of_read(kWarning), read(2), b2b_of_read(kWarning)};
    for (const LoadSettings &settings : {with(1), with(100, 1)}) {
        const LoadedFile file = load_file(nem13(reads), settings);
        EXPECT_EQ(batches_of(file), "r2 | r5");
        ASSERT_EQ(file.tables.reads.size(), 2);
        EXPECT_THAT(file.tables.reads[0], HasSubstr("|N,S1,A,S2\nN,S1,A,S2|"));
        EXPECT_THAT(file.tables.reads[1], HasSubstr("|N,S1,A,S2|"));
    }
}

TEST(LoadStream, StoresNothingBeforeAFinding) {
    EXPECT_EQ(
        batches_of(nem12({channel("E1"), day(1), day(2, "A", kWarning), b2b(2, kWarning), channel("B1", kWarning), day(1)}),
                   with(1)),
        "d3 | d4 | b5 | d7");
    LoadSettings skipping = with(1);
    skipping.skip_invalid = true;
    const LoadedFile file =
        load_file(nem13({read(1), b2b_of_read(kError), b2b_of_read(), read(2, kError), b2b_of_read(), read(3)}), skipping);
    EXPECT_EQ(batches_of(file), "r2 | r7");
    ASSERT_EQ(file.tables.reads.size(), 2);
    EXPECT_THAT(file.tables.reads[0], HasSubstr("|N,S1,A,S2|"));
    EXPECT_EQ(file.tables.findings.size(), 3); // the refused read takes its 550 along
}

// Review 4.1 and 4.2: the read that fills a batch, a warning, its 550; with or without a read behind it.
TEST(LoadStream, KeepsEvery550WhateverTheBatchHolds) {
    for (const int reads : {1, 2, 3, 6, 7, 8, 13, 14, 15, 100}) {
        std::vector<std::string> records;
        for (int i = 1; i <= reads; ++i) {
            records.push_back(read(i));
            records.push_back(b2b_of_read(kWarning));
        }
        for (const int rows : {1, 2, 7, 99, 100, 101}) {
            const LoadedFile file = load_file(nem13(records), with(rows));
            ASSERT_EQ(static_cast<int>(file.tables.reads.size()), reads) << file.error;
            EXPECT_EQ(static_cast<int>(file.batches.size()), (reads + rows - 1) / rows);
            for (const std::string &row : file.tables.reads)
                EXPECT_THAT(row, HasSubstr("|N,S1,A,S2|"));
        }
    }
}

TEST(LoadStream, CarriesAChannelIntoTheNextBatch) {
    const LoadedFile file = load_file(nem12({channel("E1"), day(1), day(2), day(3), channel("B1"), day(1), day(2)}), with(1));
    EXPECT_EQ(batches_of(file), "d3 | d4 | d5 | d7 | d8");
    EXPECT_EQ(file.tables.details.size(), 2); // each stored once, though five batches had one
    for (const std::string &row : file.tables.days)
        EXPECT_THAT(row, HasSubstr(row.find("|E1|") != std::string::npos ? "|N1|METER-E1|kWh|30|" : "|N1|METER-B1|kWh|30|"));
}

TEST(LoadStream, PutsThe500sOfADayIntoTheNextBatch) {
    const LoadedFile file =
        load_file(nem12({channel("E1"), day(1), channel("B1"), day(2), b2b(2), b2b(2), channel("K1"), day(3)}), with(2));
    EXPECT_EQ(batches_of(file), "d5 d3 | b6 b7 | d9"); // B1 stands before E1
    ASSERT_EQ(file.tables.b2bs.size(), 2);
    EXPECT_THAT(file.tables.b2bs[0], StartsWith("4001234567|B1|"));
}

TEST(LoadStream, TheFirstOfTwoEqualDaysIsStoredWhereverTheBatchEnds) {
    const std::string file = nem12({channel("E1"), day(1), day(2), channel("E1"), day(2), day(3), channel("E1"), day(1)});
    const LoadedFile whole = load_file(file, with(100));
    ASSERT_EQ(whole.tables.staged_days.size(), 2);
    for (const int rows : {1, 2, 3, 4, 5})
        EXPECT_EQ(load_file(file, with(rows)).tables, whole.tables) << rows;
}

TEST(LoadStream, MakesAMonthOnce) {
    const std::string file = nem12({channel("E1"), day(1), day(2), day(40), channel("B1"), day(3), day(41)});
    for (const int rows : {1, 2, 100})
        EXPECT_EQ(load_file(file, with(rows)).tables.months, (std::vector<std::string>{"2024-1", "2024-2"}));
}

TEST(LoadStream, ARefusedFileLeavesNothingAndTheNextOneLoads) {
    const std::string good = nem12({channel("E1"), day(1), day(2)});
    const LoadedFile alone = load_file(good, with(1));
    for (const int rows : {1, 100}) {
        const LoadedFile refused = load_file(nem12({channel("E1"), day(1), day(2, "A", kError), day(3)}), with(rows));
        EXPECT_THAT(refused.error, StartsWith("NM008 line 4, record 300"));
        EXPECT_EQ(load_file(good, with(1)).tables, alone.tables);
    }
}

TEST(LoadStream, TooMany550sUnderOneReadAreAnError) {
    std::vector<std::string> records{read(1)};
    for (int i = 0; i < 7000; ++i)
        records.push_back(b2b_of_read());
    EXPECT_THAT(load_file(nem13(records), with(1)).error, StartsWith("NM010 line "));
    EXPECT_THAT(load_file(nem13(records), with(1)).error, HasSubstr("too many 550 records"));
}

// The digest is that of the bytes, and its memory is the load's: each chunk is a statement whose own memory is gone after it.
TEST(LoadStream, TheHashOutlivesTheStatementThatBeganIt) {
    const std::string file = nem12({channel("E1"), day(1), day(2)});
    EXPECT_EQ(load_file(file, with(1, 1, 10)).tables.ledger, load_file(file, with(100)).tables.ledger);
    EXPECT_NE(load_file(file + " ", with(100)).tables.ledger, load_file(file, with(100)).tables.ledger);
}

struct Mix {
    const char *name;
    std::string content;
    mdff::Dialect dialect;
    bool skip_invalid;
};

// A warning, or an error to skip, at every place of files that have every record.
std::vector<Mix> mixes() {
    std::vector<Mix> mixes;
    for (const mdff::Dialect dialect : {mdff::Dialect::kStrict, mdff::Dialect::kTolerant}) {
        const bool several_blocks = dialect == mdff::Dialect::kTolerant; // refused in strict
        for (const char *defect : {kNone, kWarning, kError}) {
            for (const std::vector<std::string> &records : everything12(defect, several_blocks))
                mixes.push_back({"NEM12", nem12(records), dialect, defect == kError});
            for (const std::vector<std::string> &records : everything13(defect, several_blocks))
                mixes.push_back({"NEM13", nem13(records), dialect, defect == kError});
        }
    }
    return mixes;
}

TEST(LoadStream, NeitherChunksNorBatchesChangeWhatIsStored) {
    for (const Mix &mix : mixes()) {
        LoadSettings settings = with(100);
        settings.dialect = mix.dialect;
        settings.skip_invalid = mix.skip_invalid;
        const LoadedFile whole = load_file(mix.content, settings);
        ASSERT_EQ(whole.error, "") << mix.content;
        EXPECT_EQ(whole.batches.size(), 1);
        for (const size_t chunk : {size_t{1}, size_t{100}, SIZE_MAX}) {
            for (const BatchLimits &limits : {BatchLimits{1, 2 << 20}, BatchLimits{2, 2 << 20}, BatchLimits{3, 2 << 20},
                                              BatchLimits{7, 2 << 20}, BatchLimits{100, 1}, BatchLimits{100, 1000}}) {
                settings.chunk = chunk;
                settings.limits = limits;
                const LoadedFile cut = load_file(mix.content, settings);
                ASSERT_EQ(cut.error, "");
                ASSERT_EQ(cut.tables, whole.tables) << mix.name << ", chunks of " << chunk << ", batches of " << limits.rows
                                                    << " rows, " << limits.bytes << " bytes\n"
                                                    << mix.content;
                for (const StoredBatch &batch : cut.batches) {
                    ASSERT_LE(batch.days.size(), limits.rows);
                    ASSERT_LE(batch.b2bs.size(), limits.rows);
                    ASSERT_LE(batch.reads.size(), limits.rows);
                }
            }
        }
    }
}

} // namespace
} // namespace nem12::load::test

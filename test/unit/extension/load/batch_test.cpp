// The batch by itself: when it is due, what it holds and in which order.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>

#include "extension/support/files.hpp"
#include "extension/support/server.hpp"
#include "load/batch.hpp"
#include "load/details.hpp"
#include "mdff/parser.hpp"

namespace nem12::load::test {
namespace {

using mdff::Event;

constexpr std::array kEvents{Event::kNeedInput,  Event::kFinding,    Event::kHeader,           Event::kChannel,
                             Event::kDay,        Event::kB2bDetails, Event::kAccumulationRead, Event::kAccumulationB2b,
                             Event::kEndOfBlock, Event::kEndOfInput};

// A batch that takes everything of a file and is never stored.
class Filled {
public:
    Filled(const std::string &file, const BatchLimits &limits) : parser(std::make_unique<mdff::Parser>(mdff::ParserOptions{})) {
        batch.init(CurrentMemoryContext, limits);
        parser->push(file);
        for (Event event; (event = parser->next()) != Event::kNeedInput;)
            batch.take(event, *parser, 1);
    }
    ~Filled() { forget_details(); } // the batch goes with the statement

    Statement statement;
    std::unique_ptr<mdff::Parser> parser;
    Batch batch;
};

// The greatest limit at which a batch with the rows of this file is full.
size_t held_bytes(const std::string &file) {
    size_t bytes = 0;
    for (size_t step = size_t{1} << 20; step > 0; step /= 2) {
        if (Filled(file, {100, bytes + step}).batch.is_due(Event::kDay))
            bytes += step;
    }
    return bytes;
}

bool is_due_before_rows_only(const Batch &batch) {
    bool right = true;
    for (const Event event : kEvents) {
        const bool opens_row = event == Event::kDay || event == Event::kB2bDetails || event == Event::kAccumulationRead;
        right &= batch.is_due(event) == opens_row;
    }
    return right;
}

bool is_due_before_nothing(const Batch &batch) {
    bool right = true;
    for (const Event event : kEvents)
        right &= !batch.is_due(event);
    return right;
}

// The last record of each file is handed out when the next one is read, so a 900 or another 200 closes it.
const std::string kTwoDays = nem12({channel("E1"), day(1), day(2), channel("B1"), day(1)});
const std::string kTwo500s = nem12({channel("E1"), day(1), b2b(1), b2b(1), b2b(1)});
const std::string kThreeReads = nem13({read(1), b2b_of_read(), read(2), read(3), b2b_of_read(kWarning)});

TEST(Batch, AnEmptyOneIsNeverDue) {
    Filled nothing(header("NEM12") + "\r\n" + channel("E1") + "\r\n", {1, 1});
    EXPECT_TRUE(nothing.batch.is_empty());
    EXPECT_TRUE(is_due_before_nothing(nothing.batch));
}

TEST(Batch, IsDueWhenItHasTheRowsOfAKind) {
    for (const std::string &file : {kTwoDays, kTwo500s, kThreeReads}) {
        EXPECT_TRUE(is_due_before_rows_only(Filled(file, {3, 2 << 20}).batch));
        EXPECT_TRUE(is_due_before_nothing(Filled(file, {4, 2 << 20}).batch));
    }
}

TEST(Batch, IsDueWhenItHasTheBytes) {
    for (const std::string &file : {kTwoDays, kTwo500s, kThreeReads}) {
        const size_t bytes = held_bytes(file);
        EXPECT_TRUE(is_due_before_rows_only(Filled(file, {100, bytes}).batch));
        EXPECT_TRUE(is_due_before_nothing(Filled(file, {100, bytes + 1}).batch));
        EXPECT_GT(bytes, 3 * 80U); // at least what the rows themselves take
    }
}

// Texts count as long as they are: whatever record they are of.
TEST(Batch, CountsTheBytesOfTexts) {
    const std::string text(200, 'x');
    const auto grows = [](const std::string &file, const std::string &from, const std::string &to) {
        std::string longer = file;
        longer.replace(longer.find(from), from.size(), to);
        return held_bytes(longer) - held_bytes(file);
    };
    const std::string day_file = nem12({channel("E1"), day(1), b2b(1)});
    EXPECT_EQ(grows(day_file, "S01009", "S0100900"), 2);
    EXPECT_EQ(grows(day_file, "001.5", "00001.5"), 2);
    EXPECT_EQ(grows(day_file, "N1,METER-E1", "N1,METER-E1M"), 2); // in the row and in what is remembered of the 200
    const std::string read_file = nem13({read(1), b2b_of_read()});
    EXPECT_EQ(grows(read_file, ",M1,", ",M12345,"), 4);
    EXPECT_EQ(grows(read_file, "1141,01,11", "1141,0001,11"), 2);
    EXPECT_EQ(grows(read_file, "550,N,S1", "550,N,S1234"), 3);
}

TEST(Batch, A550WithoutARead) {
    for (const int rows : {1, 100}) {
        Filled nothing(header("NEM13") + "\r\n", {rows, 1});
        EXPECT_THROW(nothing.batch.take(Event::kAccumulationB2b, *nothing.parser, 1), ServerError);
        nothing.batch.close();
        Filled reads(kThreeReads, {rows + 3, 1});
        reads.batch.close();
        reads.batch.reset();
        EXPECT_TRUE(reads.batch.is_empty());
        EXPECT_THROW(reads.batch.take(Event::kAccumulationB2b, *reads.parser, 1), ServerError);
        reads.batch.close();
    }
}

TEST(Batch, OrdersDaysByMonthNmiSuffixAndDay) {
    Filled filled(nem12({channel("K1"), day(33), channel("E1"), day(2), day(40), channel("B1"), day(1), day(32), channel("E1"),
                         day(1), day(2)}),
                  {100, 2 << 20});
    filled.batch.close();
    std::string order;
    for (int i = 0; i < filled.batch.day_count(); ++i) {
        const BatchDay &row = filled.batch.days()[i];
        order += std::string(VARDATA(row.channel->nmi_suffix), 2) + "/" + std::to_string(row.line) + " ";
    }
    EXPECT_EQ(order, "B1/8 E1/11 E1/5 E1/12 B1/9 E1/6 K1/3 ");
}

TEST(Batch, AResetKeepsNothing) {
    Filled filled(kTwoDays, {3, 2 << 20});
    ASSERT_EQ(filled.batch.day_count(), 3);
    const size_t held = held_by("nem12 batch");
    EXPECT_GT(held, 0);
    filled.batch.close();
    filled.batch.reset();
    EXPECT_EQ(held_by("nem12 batch"), 0);
    EXPECT_TRUE(filled.batch.is_empty());
    EXPECT_EQ(filled.batch.channel_count(), 0);
    EXPECT_TRUE(is_due_before_nothing(filled.batch));
}

} // namespace
} // namespace nem12::load::test

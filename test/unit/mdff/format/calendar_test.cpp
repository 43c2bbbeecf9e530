#include "mdff/calendar.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mdff {
namespace {

TEST(Calendar, KnowsEveryDayOfFourCenturies) {
    CivilDate civil{1899, 12, 31};
    const Date first = date_from_civil({1900, 1, 1});
    EXPECT_EQ(first.days, -25567);
    EXPECT_EQ(date_from_civil({1970, 1, 1}).days, 0);
    EXPECT_EQ(date_from_civil({2024, 2, 29}).days, 19782);
    int days_without_gap = 0;
    for (int day = first.days; day < first.days + 146097; ++day) {
        const CivilDate next = civil_from_date({day});
        ASSERT_EQ(date_from_civil(next).days, day);
        const bool same_month = next.year == civil.year && next.month == civil.month && next.day == civil.day + 1;
        const bool new_month = next.day == 1 && (next.month == civil.month + 1 || (next.month == 1 && civil.month == 12));
        ASSERT_TRUE(same_month || new_month);
        civil = next;
        ++days_without_gap;
    }
    EXPECT_EQ(days_without_gap, 146097);
    EXPECT_EQ(civil.year, 2299);
}

TEST(Calendar, ReadsDates) {
    Date date{};
    ASSERT_TRUE(parse_date("20240229", date));
    EXPECT_EQ(date.days, 19782);
    for (const char *bad :
         {"", "2024022", "202402290", "20230229", "20240001", "20241301", "20240100", "20240132", "2024-2-1", "2024022a"}) {
        EXPECT_FALSE(parse_date(bad, date)) << bad;
    }
}

TEST(Calendar, ReadsTimes) {
    DateTime time{};
    ASSERT_TRUE(parse_date_time("20040202120025", time));
    EXPECT_EQ(time.seconds, 1075723225);
    ASSERT_TRUE(parse_date_time("200402021200", time));
    EXPECT_EQ(time.seconds, 1075723200);
    EXPECT_EQ(date_of(time).days, 12450);
    EXPECT_EQ(date_of(DateTime{-1}).days, -1);
    for (const char *bad : {"2004020212002", "20040202240000", "20040202236000", "20040202235960", "2004020212",
                            "200402021200255", "2.02607E+11"}) {
        EXPECT_FALSE(parse_date_time(bad, time)) << bad;
    }
}

TEST(Calendar, WritesWhatItReads) {
    char text[14];
    DateTime time{};
    ASSERT_TRUE(parse_date_time("19991231235958", time));
    format_date_time14(time, text);
    EXPECT_EQ(std::string(text, 14), "19991231235958");
    format_date_time12(time, text);
    EXPECT_EQ(std::string(text, 12), "199912312359");
    format_date(date_of(time), text);
    EXPECT_EQ(std::string(text, 8), "19991231");
}

TEST(DateMemo, says_what_parse_date_time_says) {
    DateMemo memo;
    for (const std::string &text :
         {std::string(14, '\0'), std::string("20240229120000"), std::string("20240229235959"), std::string("20240229240000"),
          std::string("202402291201"), std::string("20230229120000"), std::string("20230229120000"),
          std::string("20240229120000"), std::string("20240301000000"), std::string("2024030100000"), std::string()}) {
        DateTime remembered{-1}, read{-1};
        EXPECT_EQ(memo.parse_date_time(text, remembered), parse_date_time(text, read)) << text;
        EXPECT_EQ(remembered, read) << text;
    }
}

} // namespace
} // namespace mdff

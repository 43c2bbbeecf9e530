#include "console/filter_text.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

namespace nem12::loader {
namespace {

constexpr int64_t kNow = 1'700'000'000'000;

TEST(FilterText, reads_every_key) {
    const JobFilter filter = filter_from({{"status", "failed,rejected"},
                                          {"sender", "MDP1"},
                                          {"rule", "value_count"},
                                          {"name", "a.csv"},
                                          {"since", "24h"},
                                          {"until", "2023-11-14"},
                                          {"order", "bytes"},
                                          {"ascending", "1"},
                                          {"after", "x~1"},
                                          {"limit", "7"},
                                          {"other", "ignored"}},
                                         kNow);
    EXPECT_EQ(filter.statuses, (std::set<JobStatus>{JobStatus::kFailed, JobStatus::kRejected}));
    EXPECT_EQ(filter.sender + filter.rule + filter.name, "MDP1value_counta.csv");
    EXPECT_EQ(filter.since_ms, kNow - 86'400'000);
    EXPECT_EQ(filter.until_ms, 1'699'920'000'000);
    EXPECT_EQ(filter.order, JobOrder::kBytes);
    EXPECT_FALSE(filter.descending);
    EXPECT_EQ(filter.after, "x~1");
    EXPECT_EQ(filter.limit, 7);
    EXPECT_TRUE(filter_from({}, kNow).statuses.empty());
}

TEST(FilterText, moments) {
    EXPECT_EQ(moment_from("90m", kNow), kNow - 5'400'000);
    EXPECT_EQ(moment_from("7d", kNow), kNow - 604'800'000);
    EXPECT_EQ(moment_from("2023-11-14 04:05", kNow), 1'699'934'700'000);
    EXPECT_EQ(moment_from("2023-11-14T04:05", kNow), 1'699'934'700'000);
}

TEST(FilterText, says_what_it_does_not_understand) {
    for (const Query &query : {Query{{"status", "lost"}}, Query{{"since", "yesterday"}}, Query{{"since", "99999999999d"}},
                               Query{{"order", "size"}}, Query{{"limit", "many"}}, Query{{"until", "2023-11-14 x"}}}) {
        EXPECT_THROW(filter_from(query, kNow), std::invalid_argument) << query.begin()->second;
    }
}

} // namespace
} // namespace nem12::loader

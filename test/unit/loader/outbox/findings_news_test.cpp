#include "outbox/findings_news.hpp"

#include <gtest/gtest.h>

#include "judge/validator.hpp"
#include "loader/support/archives.hpp"
#include "loader/support/loading_house.hpp"

namespace nem12::loader {
namespace {

using namespace std::chrono_literals;
using test::eventually;

JudgedFile a_file() {
    JudgedFile file;
    file.sha256 = std::string(64, 'a');
    file.name = "a.csv";
    return file;
}

const Verdict kRefused = [] {
    Verdict verdict = refusal("value_count", "too few", "send more");
    verdict.from_participant = "MDP1";
    return verdict;
}();

class FindingsNewsTest : public ::testing::Test {
protected:
    void report(const std::string &file = "a.csv") {
        JudgedFile judged = a_file();
        judged.name = file;
        outbox_.put(Audience::kErrors, findings_message(judged, kRefused));
    }

    test::LedgerDatabase database_;
    test::TemporaryDirectory directory_;
    BreakerConfig settings_{.retries = 1, .open_for = 1h, .open_max = 1h};
    CircuitBreaker breaker_{settings_};
    RightOfWay right_of_way_;
    FindingsNews news_{database_.config(), breaker_, right_of_way_};
    Outbox outbox_{directory_.path(), {.errors = &news_}};
};

TEST_F(FindingsNewsTest, tells_the_database_and_names_the_sender) {
    report();
    outbox_.deliver();
    EXPECT_TRUE(outbox_.idle());
    EXPECT_EQ(
        database_.query("SELECT concat_ws('|', findings->0->>'code', from_participant, to_participant IS NULL) FROM errors"),
        "value_count|MDP1|t");
}

TEST_F(FindingsNewsTest, many_go_in_one_transaction) {
    for (int i = 0; i < 40; ++i)
        report("file-" + std::to_string(i));
    outbox_.deliver();
    EXPECT_TRUE(outbox_.idle());
    EXPECT_EQ(database_.number("SELECT count(*) FROM errors"), 40);
    EXPECT_LT(database_.number("SELECT count(DISTINCT xmin::text) FROM errors"), 10);
}

TEST_F(FindingsNewsTest, leaves_the_database_alone_while_the_breaker_is_open) {
    breaker_.failed(breaker_.allow().value(), "the server is away");
    ASSERT_EQ(breaker_.state(), BreakerState::kOpen);
    outbox_.start();
    report();
    std::this_thread::sleep_for(3s);
    EXPECT_FALSE(outbox_.idle());
    EXPECT_EQ(database_.number("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'nem12-loader'"), 0);
    EXPECT_EQ(database_.number("SELECT count(*) FROM errors"), 0);
}

TEST(FindingsNewsAway, tells_the_breaker_of_a_server_that_is_away) {
    test::TemporaryDirectory directory;
    CircuitBreaker breaker{BreakerConfig{}};
    RightOfWay right_of_way;
    DatabaseConfig away;
    away.conninfo = "host=/nonexistent";
    FindingsNews news(away, breaker, right_of_way);
    Outbox outbox(directory.path(), {.errors = &news});
    outbox.put(Audience::kErrors, findings_message(a_file(), kRefused));
    outbox.deliver();
    EXPECT_EQ(breaker.failures_in_a_row(), 1);
    EXPECT_FALSE(outbox.idle());
}

} // namespace
} // namespace nem12::loader

#include "database/load_stream.hpp"

#include <gtest/gtest.h>

#include "loader/support/cutting_proxy.hpp"
#include "loader/support/ledger_database.hpp"

namespace nem12::loader {
namespace {

using namespace std::chrono_literals;
using test::CuttingProxy;
using test::LedgerDatabase;

std::string meter_file(int blocks) {
    std::string content = "100,NEM12,202401010000,A,B\n";
    for (int i = 0; i < blocks; ++i)
        content += "200,NMI" + std::to_string(i) + ",E1\n300,20240101," + std::string(500, '1') + "\n";
    return content + "900\n";
}

class LoadStreamTest : public ::testing::Test {
protected:
    LoadOutcome load(const JudgedFile &file) {
        LoadProgress progress;
        return LoadStream(connection_, months_, options_).load(file, progress);
    }
    JudgedFile file(const std::string &content) { return test::make_spooled(directory_.path(), content); }
    DatabaseError failure(const JudgedFile &file) {
        try {
            load(file);
        } catch (const DatabaseError &error) {
            return error;
        }
        throw std::runtime_error("no DatabaseError");
    }
    int64_t ledger() { return database_.number("SELECT count(*) FROM ledger"); }

    test::TemporaryDirectory directory_;
    LedgerDatabase database_;
    PgConnection connection_{database_.config()};
    PreparedMonths months_;
    LoadOptions options_;
};

TEST_F(LoadStreamTest, nothing_is_committed_when_the_server_counts_otherwise_than_validation) {
    JudgedFile spooled = file(meter_file(3));
    spooled.expected = ExpectedCounts{"strict", 1, spooled.bytes, 0, 1}; // one record more was refused
    EXPECT_EQ(failure(spooled).error_class(), ErrorClass::kInternal);
    EXPECT_EQ(ledger(), 0);
    spooled.expected->dialect = "tolerant"; // another dialect may count otherwise
    EXPECT_EQ(load(spooled).status, LoadStatus::kLoaded);
    EXPECT_EQ(ledger(), 1);
}

TEST_F(LoadStreamTest, the_server_gets_the_files_bytes_in_chunks) {
    options_.chunk_bytes = 10000;
    auto spooled = file(meter_file(1000));
    LoadProgress progress;
    int64_t told = 0;
    progress.on_acknowledged = [&](int64_t bytes) { told += bytes; };
    auto outcome = LoadStream(connection_, months_, options_).load(spooled, progress);
    EXPECT_EQ(outcome.status, LoadStatus::kLoaded);
    EXPECT_EQ(outcome.bytes, spooled.bytes);
    EXPECT_EQ(outcome.readings, spooled.bytes);
    EXPECT_EQ(outcome.days_inserted, 1);
    EXPECT_EQ(told, spooled.bytes);
    EXPECT_EQ(progress.acknowledged, spooled.bytes);
    EXPECT_EQ(database_.query("SELECT encode(sha256(content), 'hex') FROM ledger"), spooled.sha256);
    EXPECT_GT(database_.number("SELECT chunks FROM ledger"), 50);
    EXPECT_EQ(load(spooled).status, LoadStatus::kAlreadyLoaded);
    EXPECT_EQ(load(file("100\n900\n")).status, LoadStatus::kLoaded) << "the connection goes on";
    EXPECT_EQ(load(file("")).status, LoadStatus::kLoaded);
    EXPECT_EQ(ledger(), 3);
}

TEST_F(LoadStreamTest, the_server_hears_of_the_message_a_file_came_in) {
    JudgedFile spooled = file(meter_file(1));
    spooled.message_id = "M-1";
    spooled.transaction_id = "T-1";
    load(spooled);
    load(file(meter_file(2)));
    EXPECT_EQ(database_.query("SELECT string_agg(ids::text, ' ' ORDER BY file_id) FROM ledger"), "{M-1,T-1} {NULL,NULL}");
}

TEST_F(LoadStreamTest, prepares_each_month_once) {
    auto one = file("100\n900\n");
    one.months = {"2024-01-01", "2024-02-01"};
    load(one);
    auto two = file("100\n\n900\n");
    two.months = {"2024-02-01", "2024-03-01"};
    load(two);
    EXPECT_EQ(database_.query("SELECT string_agg(month::text, ' ' ORDER BY month) FROM months"),
              "2024-01-01 2024-02-01 2024-03-01");
}

TEST_F(LoadStreamTest, an_error_of_the_server_comes_with_its_detail_and_leaves_nothing) {
    auto error = failure(file("100\n!RAISE NM003\n"));
    EXPECT_EQ(error.error_class(), ErrorClass::kData);
    EXPECT_EQ(error.sqlstate(), "NM003");
    EXPECT_NE(error.detail().find("VALUE_NOT_A_NUMBER"), std::string::npos);
    EXPECT_EQ(ledger(), 0);
    EXPECT_EQ(load(file("100\n900\n")).status, LoadStatus::kLoaded);
}

TEST_F(LoadStreamTest, changed_bytes_in_the_spool_are_never_committed) {
    auto spooled = file(meter_file(100));
    std::ofstream(spooled.path, std::ios::binary) << meter_file(99);
    EXPECT_THROW(load(spooled), SpoolError);
    EXPECT_EQ(ledger(), 0);
    std::filesystem::remove(spooled.path);
    EXPECT_THROW(load(spooled), SpoolError);
}

TEST_F(LoadStreamTest, a_file_that_takes_too_long_is_rolled_back) {
    options_.timeout = 300ms;
    EXPECT_EQ(failure(file("!SLEEP 30")).error_class(), ErrorClass::kSlow);
    EXPECT_EQ(ledger(), 0);
    EXPECT_TRUE(test::eventually(
        [&] { return database_.number("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == 0; }));
}

TEST_F(LoadStreamTest, can_be_cancelled) {
    LoadProgress progress;
    std::thread other([&] {
        std::this_thread::sleep_for(100ms);
        progress.cancel = true;
    });
    EXPECT_THROW(LoadStream(connection_, months_, options_).load(file("!SLEEP 30"), progress), Cancelled);
    other.join();
    EXPECT_EQ(ledger(), 0);
}

TEST_F(LoadStreamTest, a_file_held_by_another_session_is_contention) {
    auto spooled = file("100\n900\n");
    PgConnection zombie(database_.config());
    zombie.ensure();
    std::string sha = "\\x" + spooled.sha256;
    zombie.execute("BEGIN", {}, Patience::of(10s));
    zombie.execute("SELECT nem12_load_begin('z', 'reject', 'strict', $1::bytea)", {{sha}}, Patience::of(10s));
    auto error = failure(spooled);
    EXPECT_EQ(error.sqlstate(), "55P03");
    zombie.close();
    EXPECT_EQ(load(spooled).status, LoadStatus::kLoaded);
}

TEST_F(LoadStreamTest, a_commit_whose_answer_was_lost_is_settled_by_the_ledger) {
    CuttingProxy proxy(LedgerDatabase::server().folder(), CuttingProxy::Cut::kAfterCommit, 1);
    DatabaseConfig config = database_.config();
    config.conninfo += " host=" + proxy.folder().string();
    PgConnection through_proxy(config);
    LoadProgress progress;
    auto spooled = file(meter_file(10));
    auto outcome = LoadStream(through_proxy, months_, options_).load(spooled, progress);
    EXPECT_EQ(proxy.cuts(), 1);
    EXPECT_EQ(outcome.status, LoadStatus::kLoaded);
    EXPECT_EQ(outcome.readings, spooled.bytes);
    EXPECT_EQ(ledger(), 1);
}

TEST_F(LoadStreamTest, a_commit_that_never_arrived_is_loaded_again) {
    CuttingProxy proxy(LedgerDatabase::server().folder(), CuttingProxy::Cut::kBeforeCommit, 1);
    DatabaseConfig config = database_.config();
    config.conninfo += " host=" + proxy.folder().string();
    PgConnection through_proxy(config);
    LoadProgress first, second;
    auto spooled = file(meter_file(10));
    LoadStream stream(through_proxy, months_, options_);
    try {
        stream.load(spooled, first);
        FAIL() << "no error";
    } catch (const DatabaseError &error) {
        EXPECT_EQ(error.error_class(), ErrorClass::kInfrastructure);
    }
    EXPECT_EQ(stream.load(spooled, second).status, LoadStatus::kLoaded);
    EXPECT_EQ(ledger(), 1);
}

} // namespace
} // namespace nem12::loader

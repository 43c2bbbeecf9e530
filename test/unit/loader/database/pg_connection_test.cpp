#include "database/pg_connection.hpp"

#include <gtest/gtest.h>

#include "loader/support/ledger_database.hpp"

namespace nem12::loader {
namespace {

using namespace std::chrono_literals;
using test::LedgerDatabase;

class PgConnectionTest : public ::testing::Test {
protected:
    template <class Call>
    DatabaseError error_of(Call call) {
        try {
            call();
        } catch (const DatabaseError &error) {
            return error;
        }
        throw std::runtime_error("no DatabaseError");
    }
    std::string ask(const std::string &sql) {
        return PQgetvalue(connection_.execute(sql.c_str(), {}, Patience::of(10s)).get(), 0, 0);
    }

    LedgerDatabase database_{false};
    PgConnection connection_{database_.config(), 1234s};
};

TEST_F(PgConnectionTest, sets_what_the_ack_rule_and_the_timeouts_need) {
    database_.query("ALTER DATABASE " + database_.name() + " SET synchronous_commit = off");
    connection_.ensure();
    EXPECT_EQ(ask("SHOW synchronous_commit"), "on");
    EXPECT_EQ(ask("SHOW lock_timeout"), "5s");
    EXPECT_EQ(ask("SHOW statement_timeout"), "1234s");
    EXPECT_EQ(ask("SHOW idle_in_transaction_session_timeout"), "1min");
    EXPECT_EQ(ask("SHOW client_connection_check_interval"), "10s");
    EXPECT_EQ(ask("SHOW application_name"), "nem12-loader");
}

TEST_F(PgConnectionTest, an_error_has_its_sqlstate_and_detail_and_the_connection_lives_on) {
    connection_.ensure();
    auto error = error_of([&] {
        connection_.execute("DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40P01', DETAIL = 'why'; END $$", {},
                            Patience::of(10s));
    });
    EXPECT_EQ(error.sqlstate(), "40P01");
    EXPECT_EQ(error.error_class(), ErrorClass::kContention);
    EXPECT_STREQ(error.what(), "no");
    EXPECT_EQ(error.detail(), "why");
    EXPECT_EQ(ask("SELECT 1"), "1");
}

TEST_F(PgConnectionTest, a_timeout_ends_the_statement_on_the_server_too) {
    connection_.ensure();
    auto start = std::chrono::steady_clock::now();
    auto error = error_of([&] { connection_.execute("SELECT pg_sleep(60) /* too slow */", {}, Patience::of(200ms)); });
    EXPECT_EQ(error.error_class(), ErrorClass::kSlow);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
    EXPECT_FALSE(connection_.connected());
    EXPECT_TRUE(test::eventually([&] {
        return database_.number(
                   "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%too slow%' AND pid <> pg_backend_pid()") == 0;
    }));
}

TEST_F(PgConnectionTest, can_be_cancelled_from_another_thread) {
    connection_.ensure();
    std::atomic<bool> cancel{false};
    std::thread other([&] {
        std::this_thread::sleep_for(100ms);
        cancel = true;
    });
    EXPECT_THROW(connection_.execute("SELECT pg_sleep(60)", {}, Patience::of(60s, &cancel)), Cancelled);
    other.join();
}

TEST_F(PgConnectionTest, a_terminated_session_is_infrastructure_and_said_goodbye) {
    connection_.ensure();
    std::string pid = ask("SELECT pg_backend_pid()");
    auto error = error_of(
        [&] { connection_.execute("SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(5)", {}, Patience::of(10s)); });
    EXPECT_EQ(error.error_class(), ErrorClass::kInfrastructure);
    EXPECT_EQ(error.sqlstate(), "57P01");
    EXPECT_FALSE(error.server_process_died);
    connection_.ensure();
    EXPECT_NE(ask("SELECT pg_backend_pid()"), pid);
}

TEST_F(PgConnectionTest, a_killed_server_process_is_told_from_a_shutdown) {
    connection_.ensure();
    PgConnection bystander{database_.config()};
    bystander.ensure();
    pid_t pid = std::stoi(ask("SELECT pg_backend_pid()"));
    std::thread killer([&] {
        std::this_thread::sleep_for(100ms);
        kill(pid, SIGKILL);
    });
    auto error = error_of([&] { connection_.execute("SELECT pg_sleep(30)", {}, Patience::of(40s)); });
    killer.join();
    EXPECT_EQ(error.error_class(), ErrorClass::kInfrastructure);
    EXPECT_TRUE(error.server_process_died);
    // The others are restarted, too; until the server has got round to that it takes connections, only to end them.
    EXPECT_THROW(bystander.execute("SELECT pg_sleep(30)", {}, Patience::of(40s)), DatabaseError);
    ASSERT_TRUE(test::eventually([&] {
        try {
            connection_.ensure();
            return ask("SELECT 1") == "1";
        } catch (const DatabaseError &) {
            return false;
        }
    }));
}

TEST_F(PgConnectionTest, an_idle_connection_that_died_is_replaced_before_use) {
    connection_.ensure();
    std::string pid = ask("SELECT pg_backend_pid()");
    database_.query("SELECT pg_terminate_backend(" + pid + ")");
    ASSERT_TRUE(
        test::eventually([&] { return database_.number("SELECT count(*) FROM pg_stat_activity WHERE pid = " + pid) == 0; }));
    connection_.ensure();
    EXPECT_NE(ask("SELECT pg_backend_pid()"), pid);
}

TEST_F(PgConnectionTest, failed_connects_have_a_class) {
    auto class_with = [&](const std::string &conninfo) {
        DatabaseConfig config;
        config.conninfo = conninfo;
        PgConnection connection(config);
        return error_of([&] { connection.ensure(2s); }).error_class();
    };
    EXPECT_EQ(class_with(LedgerDatabase::server().conninfo("no_such_database")), ErrorClass::kConfig);
    EXPECT_EQ(class_with("host=/nonexistent dbname=x"), ErrorClass::kInfrastructure);
    EXPECT_EQ(class_with(LedgerDatabase::server().conninfo("postgres") + " user=nobody_we_know"), ErrorClass::kConfig);
}

} // namespace
} // namespace nem12::loader

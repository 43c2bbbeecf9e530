#include "database/copy_out.hpp"

#include <gtest/gtest.h>

#include "loader/support/ledger_database.hpp"

namespace nem12::loader {
namespace {

using namespace std::chrono_literals;
using test::LedgerDatabase;

class CopyOutTest : public ::testing::Test {
protected:
    CopyOutTest() { connection_.ensure(); }

    std::vector<std::string> rows_of(const std::string &query, CopyOut::Format format = CopyOut::Format::kText) {
        connection_.ensure();
        CopyOut copy(connection_, query, format, Patience::of(30s));
        std::vector<std::string> rows;
        for (std::string_view row; copy.next(row);)
            rows.emplace_back(row);
        return rows;
    }
    std::string sqlstate_of(const std::string &query) {
        try {
            rows_of(query);
        } catch (const DatabaseError &error) {
            return error.sqlstate();
        }
        return "none";
    }
    using Rows = std::vector<std::string>;

    LedgerDatabase database_{false};
    PgConnection connection_{database_.config()};
};

TEST_F(CopyOutTest, text_comes_byte_by_byte) {
    EXPECT_EQ(rows_of(R"(VALUES ('a\b'), (E'tab\tline\nreturn\r'), (''), ('\.'), ('"é"'))"),
              (Rows{"a\\b", "tab\tline\nreturn\r", "", "\\.", "\"é\""}));
    EXPECT_EQ(rows_of("SELECT repeat('x', 300000)").at(0).size(), 300'000u);
}

TEST_F(CopyOutTest, csv_comes_with_its_header_and_a_row_at_a_time) {
    EXPECT_EQ(rows_of("SELECT 1.50 AS a, E'b,\"\\nc' AS b, NULL AS c", CopyOut::Format::kCsv),
              (Rows{"a,b,c\n", "1.50,\"b,\"\"\nc\",\n"}));
}

TEST_F(CopyOutTest, nothing_is_no_row_and_the_connection_is_free_afterwards) {
    EXPECT_EQ(rows_of("SELECT 'x' WHERE false"), Rows{});
    EXPECT_EQ(rows_of("SELECT n::text FROM generate_series(1, 3) n"), (Rows{"1", "2", "3"}));
}

TEST_F(CopyOutTest, errors_before_and_between_rows_are_errors_and_not_an_end) {
    EXPECT_EQ(sqlstate_of("SELECT no_such_function()"), "42883");
    EXPECT_EQ(sqlstate_of("SELECT (10 / (3 - n))::text FROM generate_series(1, 5) n"), "22012");
    EXPECT_EQ(sqlstate_of("SELECT NULL::text"), ""); // no text, and no record of an export
    EXPECT_EQ(rows_of("SELECT 'x'"), Rows{"x"});
}

TEST_F(CopyOutTest, can_be_cancelled_while_rows_come) {
    std::atomic<bool> cancel{false};
    CopyOut copy(connection_, "SELECT n::text FROM generate_series(1, 100000000) n", CopyOut::Format::kText,
                 Patience::of(60s, &cancel));
    std::string_view row;
    ASSERT_TRUE(copy.next(row));
    cancel = true;
    EXPECT_THROW(copy.next(row), Cancelled);
    EXPECT_FALSE(connection_.connected());
}

TEST_F(CopyOutTest, a_literal_is_the_text_whatever_is_in_it) {
    for (const std::string text : {"plain", "it's", R"(back\slash)", "';DROP TABLE ledger;--"})
        EXPECT_EQ(rows_of("SELECT " + connection_.literal(text) + "::text").at(0), text);
}

} // namespace
} // namespace nem12::loader

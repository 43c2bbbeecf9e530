#include "intake/lease.hpp"

#include <cerrno>

#include <fcntl.h>
#include <gtest/gtest.h>

#include "base/files.hpp"
#include "loader/support/archives.hpp"
#include "loader/support/child_process.hpp"

namespace nem12::loader {
namespace {

class ReadLeaseTest : public ::testing::Test {
protected:
    ReadLeaseTest() : path_(directory_.path() / "a.csv") { test::spit(path_, "one"); }
    UniqueFd open(int flags) { return UniqueFd(::open(path_.c_str(), flags | O_CLOEXEC)); }
    test::TemporaryDirectory directory_;
    std::filesystem::path path_;
};

TEST_F(ReadLeaseTest, is_given_when_nobody_writes) {
    UniqueFd reader = open(O_RDONLY);
    {
        ReadLease lease(reader.get());
        EXPECT_TRUE(lease.given());
        EXPECT_FALSE(lease.writer());
        EXPECT_TRUE(lease.unbroken());
    }
    EXPECT_TRUE(open(O_WRONLY | O_NONBLOCK)) << "it is given back";
}

TEST_F(ReadLeaseTest, is_not_given_while_somebody_writes) {
    UniqueFd writer = open(O_WRONLY), reader = open(O_RDONLY);
    ReadLease lease(reader.get());
    EXPECT_FALSE(lease.given());
    EXPECT_TRUE(lease.writer());
    EXPECT_FALSE(lease.unbroken());
}

TEST_F(ReadLeaseTest, who_wants_to_write_waits_and_is_noticed) {
    UniqueFd reader = open(O_RDONLY);
    ReadLease lease(reader.get());
    UniqueFd writer = open(O_WRONLY | O_NONBLOCK);
    EXPECT_FALSE(writer);
    EXPECT_EQ(errno, EWOULDBLOCK);
    EXPECT_FALSE(lease.unbroken()); // and this process is still here: SIGIO is not its end
}

} // namespace
} // namespace nem12::loader

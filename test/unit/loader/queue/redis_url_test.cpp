#include "queue/redis_url.hpp"

#include <gtest/gtest.h>

namespace nem12::loader {
namespace {

TEST(RedisUrl, tcp) {
    auto address = parse_redis_url("redis://127.0.0.1:6380/3").value();
    EXPECT_EQ(address.host, "127.0.0.1");
    EXPECT_EQ(address.port, 6380);
    EXPECT_EQ(address.database, 3);
    EXPECT_TRUE(address.socket.empty());
    EXPECT_EQ(parse_redis_url("redis://queue")->port, 6379);
    EXPECT_EQ(parse_redis_url("redis://[::1]:7000")->host, "::1");
    EXPECT_EQ(parse_redis_url("redis://[::1]")->host, "::1");
    EXPECT_EQ(parse_redis_url("redis://[fe80::1%25eth0]:7000/1")->host, "fe80::1%eth0");
    EXPECT_EQ(parse_redis_url("redis://redis_1.queue/")->host, "redis_1.queue");
}

TEST(RedisUrl, login) {
    auto address = parse_redis_url("redis://loader:p@ss@host:6379").value();
    EXPECT_EQ(address.user, "loader");
    EXPECT_EQ(address.password, "p@ss");
    EXPECT_EQ(address.host, "host");
    EXPECT_EQ(parse_redis_url("redis://:only@host")->password, "only");
}

TEST(RedisUrl, any_password_can_be_written) {
    EXPECT_EQ(parse_redis_url("redis://:ab/cd@host:1/2")->password, "ab/cd");
    EXPECT_EQ(parse_redis_url("redis://:ab%2Fc%40d%25@host")->password, "ab/c@d%");
    EXPECT_EQ(parse_redis_url("redis://a%3Ab:c@host")->user, "a:b");
    EXPECT_EQ(parse_redis_url("redis://:a?b#c/d%@[fe80::1%25eth0]:7/1")->password, "a?b#c/d%");
}

TEST(RedisUrl, is_shown_without_its_secret) {
    EXPECT_EQ(shown_redis_url("redis://:ab/cdSECRET@host:1/2"), "redis://:***@host:1/2");
    EXPECT_EQ(shown_redis_url("redis://me:SECRET:@SE?#CRET@[::1]/2"), "redis://me:***@[::1]:6379/2");
    EXPECT_EQ(shown_redis_url("redis://host"), "redis://host:6379/0");
    EXPECT_EQ(shown_redis_url("unix:///a.sock?db=3"), "unix:///a.sock?db=3");
    EXPECT_EQ(shown_redis_url("redis://me:SECRET@host:port"), "***");
    EXPECT_EQ(shown_redis_url("redis://SECRET@host"), "redis://***@host:6379/0"); // redis-cli takes it for the password
    for (const char *url : {"REDIS://u:SECRET@h", "rediss://u:SECRET@h", "redis://h:SECRET", "redis://h/0?password=SECRET",
                            "redis://h/SECRET", "unix://:SECRET@/a.sock", "unix:///:SECRET@/a.sock",
                            "unix:///a.sock?db=0&password=SECRET", "unix:///a.sock?password=SECRET"})
        EXPECT_EQ(shown_redis_url(url), "***") << url;
}

TEST(RedisUrl, unix_socket) {
    auto address = parse_redis_url("unix:///run/redis/redis.sock?db=2").value();
    EXPECT_EQ(address.socket, "/run/redis/redis.sock");
    EXPECT_EQ(address.database, 2);
    EXPECT_EQ(parse_redis_url("unix:///a.sock")->database, 0);
    EXPECT_EQ(parse_redis_url("unix:///a%20b/../c.sock")->socket, "/a b/../c.sock");
}

TEST(RedisUrl, refuses_the_rest) {
    for (const char *url :
         {"", "redis://", "rediss://host", "redis://host:99999", "redis://host/x", "unix://relative", "unix:///a?x=1",
          "unix:///a?db=-1", "host:6379", "redis://host:12x", "redis://host/1#2", "redis://ho st", "redis://[::1",
          "redis://host%00:1", "unix://", "unix:///", "unix:///a#b", "unix:///a%00b"})
        EXPECT_FALSE(parse_redis_url(url)) << url;
}

} // namespace
} // namespace nem12::loader

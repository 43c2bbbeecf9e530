#include "database/conninfo.hpp"

#include <gtest/gtest.h>

#include "database/database_error.hpp"

namespace nem12::loader {
namespace {

TEST(Conninfo, user_and_password_override_and_defaults_fill_in) {
    DatabaseConfig config;
    config.conninfo = "host=db user=one password=p1 keepalives_idle=99";
    config.user = "two";
    config.password = "p2";
    auto parameters = connection_parameters(config);
    EXPECT_EQ(parameters["host"], "db");
    EXPECT_EQ(parameters["user"], "two");
    EXPECT_EQ(parameters["password"], "p2");
    EXPECT_EQ(parameters["keepalives_idle"], "99");
    EXPECT_EQ(parameters["target_session_attrs"], "read-write");
    EXPECT_EQ(parameters["fallback_application_name"], "nem12-loader");
}

TEST(Conninfo, takes_uris) {
    DatabaseConfig config;
    config.conninfo = "postgresql://me@db:6000/meters?sslmode=verify-full";
    auto parameters = connection_parameters(config);
    EXPECT_EQ(parameters["dbname"], "meters");
    EXPECT_EQ(parameters["port"], "6000");
    EXPECT_EQ(parameters["sslmode"], "verify-full");
}

TEST(Conninfo, a_broken_one_is_a_config_error_that_does_not_repeat_it) {
    DatabaseConfig config;
    config.conninfo = "password=topsecret nonsense";
    try {
        connection_parameters(config);
        FAIL() << "no error";
    } catch (const DatabaseError &error) {
        EXPECT_EQ(error.error_class(), ErrorClass::kConfig);
        EXPECT_EQ(std::string(error.what()).find("topsecret"), std::string::npos);
    }
}

} // namespace
} // namespace nem12::loader

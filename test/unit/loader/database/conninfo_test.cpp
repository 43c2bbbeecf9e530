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

TEST(Conninfo, who_only_reads_is_content_with_any_server_unless_he_says_otherwise) {
    DatabaseConfig config;
    EXPECT_EQ(connection_parameters(config, Purpose::kReading)["target_session_attrs"], "any");
    config.conninfo = "target_session_attrs=prefer-standby";
    EXPECT_EQ(connection_parameters(config, Purpose::kReading)["target_session_attrs"], "prefer-standby");
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

TEST(Conninfo, no_spelling_shows_a_secret) {
    for (const char *conninfo : {"host=h password=SECRET9",
                                 "host=h password = 'SECRET9 SECRET9\\' SECRET9'",
                                 "host=h password=a\\ SECRET9",
                                 "password=a&SECRET9;SECRET9,SECRET9 host=h",
                                 "sslpassword=SECRET9 host=h",
                                 "postgres://u:SECRET9@h/db",
                                 "postgresql://u:SECRET9%2Fx@h/db",
                                 "postgresql://u:SECRET9/x@h/db",
                                 "postgresql:///db?host=h&password=SECRET9",
                                 "postgresql://h/db?user=u&sslpassword=SECRET9",
                                 "host=h nonsense SECRET9",
                                 "postgresql://h/db?pass%77ord=SECRET9",
                                 "postgres://u:%53ECRET9@h/db",
                                 "postgres://u:1/SECRET9@h/db",
                                 "postgres://u:SEC?R/SECRET9@h",
                                 "POSTGRES://u:SECRET9@h/db",
                                 "host=h options='-c my.token=SECRET9'",
                                 "postgres://u@h/db?options=-c%20a.b%3DSECRET9",
                                 "dbname='postgres://u:SECRET9 SECRET9@h/db'",
                                 "host=h PASSWORD=SECRET9",
                                 "host=h,password=SECRET9"}) {
        std::string shown = shown_conninfo(conninfo);
        EXPECT_EQ(shown.find("SECRET9"), std::string::npos) << shown;
        EXPECT_NE(shown.find("***"), std::string::npos) << shown;
    }
    EXPECT_EQ(shown_conninfo("host=h dbname='a b' port=1"), shown_conninfo("port=1 dbname='a b' host=h"));
    EXPECT_NE(shown_conninfo("host=h dbname='a b'").find("dbname='a b'"), std::string::npos);
    EXPECT_EQ(shown_conninfo(""), "");
}

// libpq would show its pieces as host, port and database.
TEST(Conninfo, a_uri_that_libpq_would_misread_is_refused_without_its_text) {
    DatabaseConfig config;
    for (const char *conninfo : {"postgres://u:SECRET9/x@h/db", "postgres://u:1/SECRET9@h/db", "postgresql://u:SEC?R/SECRET9@h",
                                 "dbname='postgres://u:SECRET9 SECRET9@h/db'", "host=postgres://u:SECRET9@h/db"}) {
        config.conninfo = conninfo;
        try {
            connection_parameters(config);
            FAIL() << conninfo;
        } catch (const DatabaseError &error) {
            EXPECT_EQ(error.error_class(), ErrorClass::kConfig);
            EXPECT_EQ(std::string(error.what()).find("SECRET9"), std::string::npos) << error.what();
        }
    }
    for (const char *conninfo : {"postgres://u:a%2Fb@h/db", "postgres:///db?host=/run&user=me@there", "postgres://u:a?b@h"}) {
        config.conninfo = conninfo;
        EXPECT_NO_THROW(connection_parameters(config)) << conninfo;
    }
}

TEST(Conninfo, a_server_elsewhere_is_verified_unless_something_else_is_said) {
    const auto mode = [](const char *conninfo) {
        DatabaseConfig config;
        config.conninfo = conninfo;
        const auto parameters = connection_parameters(config);
        const auto found = parameters.find("sslmode");
        return found == parameters.end() ? "" : found->second;
    };
    for (const char *elsewhere :
         {"host=db", "host=10.0.0.1", "postgres://u@db/x", "host=/run,db", "hostaddr=10.0.0.1", "host=127.example.com",
          "host=db hostaddr=127.0.0.1", "host=localhost hostaddr=10.0.0.1", "host=::1,2001:db8::1"})
        EXPECT_EQ(mode(elsewhere), "verify-full") << elsewhere;
    for (const char *here : {"", "dbname=x", "host=/run/postgresql", "host=localhost", "host=127.0.0.1,::1", "host=@abstract",
                             "service=x host=db"})
        EXPECT_EQ(mode(here), "") << here;
    EXPECT_EQ(mode("host=db sslmode=disable"), "disable");
}

} // namespace
} // namespace nem12::loader

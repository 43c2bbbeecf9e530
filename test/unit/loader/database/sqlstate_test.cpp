#include "database/sqlstate.hpp"

#include <gtest/gtest.h>

namespace nem12::loader {
namespace {

TEST(Sqlstate, classes) {
    auto all = [](ErrorClass expected, std::initializer_list<const char *> codes) {
        for (const char *code : codes)
            EXPECT_EQ(classify(code, false, false), expected) << code;
    };
    all(ErrorClass::kInfrastructure, {"08000", "08006", "57P01", "57P02", "57P03", "57P05", "25P03", "53000", "53100", "53200",
                                      "53300", "57000", "57P04", "58000", "58030", "58P01", "25006"});
    all(ErrorClass::kContention, {"40001", "40P01", "55P03"});
    all(ErrorClass::kSlow, {"57014"});
    all(ErrorClass::kData, {"22P02", "23505", "23514", "21000", "54000", "P0001", "NM001", "NM099"});
    all(ErrorClass::kConfig, {"28000", "28P01", "3D000", "42501", "42883", "42P01", "0A000", "3F000"});
    all(ErrorClass::kLimit, {"53400"});
    all(ErrorClass::kInternal, {"XX000", "XX001", "XX002", "08P01", "99999"});
    all(ErrorClass::kInDoubt, {"08007", "40003"});
}

TEST(Sqlstate, a_lost_connection_without_a_code_is_infrastructure) {
    EXPECT_EQ(classify("", true, false), ErrorClass::kInfrastructure);
    EXPECT_EQ(classify("", false, false), ErrorClass::kInternal);
}

TEST(Sqlstate, lost_after_commit_was_sent_is_in_doubt) {
    EXPECT_EQ(classify("", true, true), ErrorClass::kInDoubt);
    EXPECT_EQ(classify("57P01", true, true), ErrorClass::kInDoubt);
    EXPECT_EQ(classify("40001", false, true), ErrorClass::kContention) << "the server said no";
}

} // namespace
} // namespace nem12::loader

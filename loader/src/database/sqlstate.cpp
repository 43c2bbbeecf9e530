#include "database/sqlstate.hpp"

#include <algorithm>
#include <array>

namespace nem12::loader {
namespace {

template <size_t n>
bool one_of(std::string_view sqlstate, const std::array<std::string_view, n> &codes) {
    return std::find(codes.begin(), codes.end(), sqlstate) != codes.end();
}

// Classes 08 (connection), 53 (resources), 57 (operator) and 58 (system) but for what stands below, and these.
constexpr std::array<std::string_view, 2> kInfrastructureCodes{"25P03", "25006"};
constexpr std::array<std::string_view, 3> kContentionCodes{"40001", "40P01", "55P03"};
constexpr std::array<std::string_view, 8> kConfigCodes{"3D000", "42501", "42883", "42P01", "42703", "0A000", "3F000", "42704"};

} // namespace

std::string_view name_of(ErrorClass error_class) {
    switch (error_class) {
    case ErrorClass::kInfrastructure: return "infrastructure";
    case ErrorClass::kContention: return "contention";
    case ErrorClass::kSlow: return "slow";
    case ErrorClass::kData: return "data";
    case ErrorClass::kConfig: return "config";
    case ErrorClass::kLimit: return "limit";
    case ErrorClass::kInternal: return "internal";
    case ErrorClass::kInDoubt: return "in_doubt";
    }
    return "";
}

ErrorClass classify(std::string_view sqlstate, bool connection_lost, bool commit_sent) {
    std::string_view family = sqlstate.substr(0, 2);
    if (sqlstate == "08007" || sqlstate == "40003" || (connection_lost && commit_sent))
        return ErrorClass::kInDoubt;
    if (family == "28" || one_of(sqlstate, kConfigCodes))
        return ErrorClass::kConfig;
    if (sqlstate == "08P01")
        return ErrorClass::kInternal;
    if (one_of(sqlstate, kContentionCodes))
        return ErrorClass::kContention;
    if (sqlstate == "57014")
        return ErrorClass::kSlow;
    if (sqlstate == "53400")
        return ErrorClass::kLimit;
    if (family == "08" || family == "53" || family == "57" || family == "58" || one_of(sqlstate, kInfrastructureCodes))
        return ErrorClass::kInfrastructure;
    if (family == "22" || family == "23" || family == "NM" || sqlstate == "21000" || sqlstate == "54000" || sqlstate == "P0001")
        return ErrorClass::kData;
    return sqlstate.empty() && connection_lost ? ErrorClass::kInfrastructure : ErrorClass::kInternal;
}

} // namespace nem12::loader

#include "guc.hpp"

#include "pg/postgres.hpp"

extern "C" {
#include "utils/guc.h"
}

namespace nem12 {
namespace {

constexpr int kMaxFutureHours = 1'000'000;

int version_order_setting = kFileCreation;
int max_future_hours_setting = 366 * 24;

const config_enum_entry kVersionOrders[] = {
    {"file_creation", kFileCreation, false},
    {"update_datetime", kUpdateDateTime, false},
    {nullptr, 0, false},
};

} // namespace

VersionOrder version_order() { return static_cast<VersionOrder>(version_order_setting); }

int max_future_hours() { return max_future_hours_setting; }

void define_settings() {
    DefineCustomEnumVariable("nem12.version_order", "Which stamp decides first between two versions of a day.",
                             "file_creation: the 100 record's DateTime, then UpdateDateTime; update_datetime: the reverse.",
                             &version_order_setting, kFileCreation, kVersionOrders, PGC_USERSET, 0, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("nem12.max_future_hours", "How far ahead of now a file may say that it was created.",
                            "In hours; such files are refused (created_in_future). 0: no limit.", &max_future_hours_setting,
                            366 * 24, 0, kMaxFutureHours, PGC_USERSET, 0, nullptr, nullptr, nullptr);
    MarkGUCPrefixReserved("nem12");
}

} // namespace nem12

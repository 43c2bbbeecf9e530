#include "guc.hpp"

#include "pg/postgres.hpp"

extern "C" {
#include "utils/guc.h"
}

namespace nem12 {
namespace {

int version_order_setting = kFileCreation;

const config_enum_entry kVersionOrders[] = {
    {"file_creation", kFileCreation, false},
    {"update_datetime", kUpdateDateTime, false},
    {nullptr, 0, false},
};

} // namespace

VersionOrder version_order() { return static_cast<VersionOrder>(version_order_setting); }

void define_settings() {
    DefineCustomEnumVariable("nem12.version_order", "Which stamp decides first between two versions of a day.",
                             "file_creation: the 100 record's DateTime, then UpdateDateTime; update_datetime: the reverse.",
                             &version_order_setting, kFileCreation, kVersionOrders, PGC_USERSET, 0, nullptr, nullptr, nullptr);
    MarkGUCPrefixReserved("nem12");
}

} // namespace nem12

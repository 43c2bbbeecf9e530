#include "guc.hpp"

#include "pg/postgres.hpp"

extern "C" {
#include "utils/guc.h"
}

namespace nem12 {
namespace {

constexpr int kDefaultBatchRows = 8192;
constexpr int kMaxBatchRows = 1'000'000; // the arrays of a batch have room for that many at once
constexpr int kDefaultBatchBytes = 2 << 20;
constexpr int kMaxBatchBytes = 256 << 20;
constexpr int kMaxFutureHours = 1'000'000;

int version_order_setting = kFileCreation;
int max_future_hours_setting = 366 * 24;
int batch_rows_setting = kDefaultBatchRows;
int batch_bytes_setting = kDefaultBatchBytes;
bool combine_readings_setting = true;

const config_enum_entry kVersionOrders[] = {
    {"file_creation", kFileCreation, false},
    {"update_datetime", kUpdateDateTime, false},
    {nullptr, 0, false},
};

} // namespace

VersionOrder version_order() { return static_cast<VersionOrder>(version_order_setting); }

int batch_rows() { return batch_rows_setting; }

int batch_bytes() { return batch_bytes_setting; }

int max_future_hours() { return max_future_hours_setting; }

bool combine_readings() { return combine_readings_setting; }

void define_settings() {
    DefineCustomEnumVariable("nem12.version_order", "Which stamp decides first between two versions of a day.",
                             "file_creation: the 100 record's DateTime, then UpdateDateTime; update_datetime: the reverse.",
                             &version_order_setting, kFileCreation, kVersionOrders, PGC_USERSET, 0, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("nem12.batch_rows", "Parsed rows of a kind that a load holds before it stores them.",
                            "Days, 500 records and reads are counted apart. For tests and tuning; results do not depend on it.",
                            &batch_rows_setting, kDefaultBatchRows, 1, kMaxBatchRows, PGC_SUSET, 0, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("nem12.batch_bytes", "Size of the parsed rows that a load holds before it stores them.",
                            "For tests and tuning; results do not depend on it.", &batch_bytes_setting, kDefaultBatchBytes, 1,
                            kMaxBatchBytes, PGC_SUSET, GUC_UNIT_BYTE, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("nem12.max_future_hours", "How far ahead of now a file may say that it was created.",
                            "In hours; such files are refused (created_in_future). 0: no limit.", &max_future_hours_setting,
                            366 * 24, 0, kMaxFutureHours, PGC_USERSET, 0, nullptr, nullptr, nullptr);
    DefineCustomBoolVariable("nem12.combine_readings",
                             "Answers queries that only aggregate readings without making each reading.",
                             "The answers are the same; EXPLAIN shows Buckets where it is done.", &combine_readings_setting,
                             true, PGC_USERSET, 0, nullptr, nullptr, nullptr);
    MarkGUCPrefixReserved("nem12");
}

} // namespace nem12

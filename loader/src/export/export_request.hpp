#pragma once
// What is to be exported.

#include <string>
#include <vector>

namespace nem12::loader {

enum class ExportFormat { kNem12, kNem13, kCsv };

inline constexpr const char *kExportFormats[] = {"nem12", "nem13", "csv"}; // in the order of ExportFormat

struct ExportRequest {
    ExportFormat format = ExportFormat::kNem12;
    std::vector<std::string> nmis;                         // none: all
    std::string from_date, to_date;                        // CCYYMMDD, both included; empty: no bound
    std::string as_of;                                     // timestamptz; empty: what is current
    std::string from_participant, to_participant, created; // of the 100 record; created: timestamp, empty: now
};

} // namespace nem12::loader

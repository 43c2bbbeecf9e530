#pragma once
// One MDFF in the spool: immutable bytes under ready/<sha256>, everything else we know about it under meta/<sha256>.json.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "validate/verdict.hpp"

namespace nem12::loader {

struct SpooledFile {
    std::string sha256;                     // lower hex, of the innermost bytes; identity everywhere
    std::string name;                       // as delivered; for an archive member "outer.zip/inner.csv". Display data only
    std::string parent_sha256;              // of the archive it came in, empty when none
    std::string message_id, transaction_id; // of the aseXML message it came in (or is); empty when none
    int64_t bytes = 0;
    std::string file_creation;              // 100 DateTime, CCYYMMDDhhmm; empty when unknown
    std::vector<std::string> months;        // CCYY-MM-01 of every month its days fall in
    std::optional<ExpectedCounts> expected; // nothing: its record was lost, and it is only known by its bytes
    std::filesystem::path path;             // spool/ready/<sha256>
};

} // namespace nem12::loader

#pragma once
// One MDFF that was judged, ready to be loaded: what is known of it, and where its bytes are. In the spool these are
// ready/<sha256> and meta/<sha256>.json; `load` reads it from where it lies.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "judge/verdict.hpp"

namespace nem12::loader {

struct JudgedFile {
    std::string sha256;                     // lower hex, of the innermost bytes; identity everywhere
    std::string name;                       // as delivered; for an archive member "outer.zip/inner.csv". Display data only
    std::string parent_sha256;              // of the archive it came in, empty when none
    std::string message_id, transaction_id; // of the aseXML message it came in (or is); empty when none
    int64_t bytes = 0;
    std::string file_creation;              // 100 DateTime, CCYYMMDDhhmm; empty when unknown
    std::string from_participant;           // of the 100; empty when unknown
    std::vector<std::string> months;        // CCYY-MM-01 of every month its days fall in
    std::optional<ExpectedCounts> expected; // nothing: its record was lost, and it is only known by its bytes
    std::filesystem::path path;             // of its bytes
};

} // namespace nem12::loader

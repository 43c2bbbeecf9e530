#pragma once
// What stands in spool/meta/<sha256>.json: the file and everyone who delivered these bytes.

#include <string>
#include <string_view>
#include <vector>

#include "spool/spooled_file.hpp"

namespace nem12::loader {

// One arrival of the bytes: alone under a name, or inside an archive ("parcel").
struct Delivery {
    std::string name;
    std::string parcel; // SHA-256 of the archive, empty when it came alone
    bool operator==(const Delivery &) const = default;
};

struct SpooledRecord {
    SpooledFile file;
    std::vector<Delivery> deliveries;
    bool moved = false; // the bytes are the delivered file itself, not a copy of it
};

std::string to_json(const SpooledRecord &record);
bool from_json(std::string_view text, SpooledRecord &record); // false when it is not such a text

} // namespace nem12::loader

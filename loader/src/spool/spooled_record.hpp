#pragma once
// What stands in spool/meta/<sha256>.json: the file and everyone who delivered these bytes.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "judge/judged_file.hpp"

struct stat;

namespace nem12::loader {

// One arrival of the bytes: alone under a name, or inside an archive ("parcel").
struct Delivery {
    std::string name;
    std::string parcel; // SHA-256 of the archive, empty when it came alone
    bool operator==(const Delivery &) const = default;
};

// How a file looked when it was taken whose writer may still have it open. Anything else later means that it was written to.
struct Stamp {
    uint64_t inode = 0;
    int64_t size = 0, modified_ns = 0;
    bool operator==(const Stamp &) const = default;
};
Stamp stamp_of(const struct stat &status);

struct SpooledRecord {
    JudgedFile file;
    std::vector<Delivery> deliveries;
    bool moved = false;         // the bytes are the delivered file itself, not a copy of it
    std::optional<Stamp> stamp; // moved, and nobody can say that its writer is gone
};

std::string to_json(const SpooledRecord &record);
bool from_json(std::string_view text, SpooledRecord &record); // false when it is not such a text
std::string name_in_damaged(std::string_view text);           // the file's name, when a damaged record still has it

nlohmann::json to_json(const Stamp &stamp);
std::optional<Stamp> stamp_from(const nlohmann::json &object); // of its member "stamp"

} // namespace nem12::loader

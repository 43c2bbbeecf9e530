#pragma once
// Archives (zip, gz) that were accepted and whose members are not all settled: the bytes under spool/parcels/<sha256>, the
// members and their outcomes in <sha256>.json beside them. Not thread-safe by itself: Spool holds the lock.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spool/spooled_record.hpp"

namespace nem12::loader {

enum class Outcome { kLoaded, kRejected, kFailed };
std::string_view name_of(Outcome outcome); // loaded, rejected, failed

struct ParcelMember {
    std::string sha256, name;
    std::string outcome; // empty while it is open
};

struct Parcel {
    std::string sha256;
    std::vector<std::string> names; // more than one when the same archive was delivered again meanwhile
    std::vector<ParcelMember> members;
    bool sealed = false;        // all members are known
    bool moved = false;         // the bytes are the delivered file itself, not a copy of it
    std::optional<Stamp> stamp; // as in SpooledRecord

    // Of the whole: failed when a member failed, rejected when none was loaded, else loaded. Nothing while members are open.
    std::optional<Outcome> outcome() const;
};

class Parcels {
public:
    explicit Parcels(std::filesystem::path folder) : folder_(std::move(folder)) {}

    std::filesystem::path path_of(std::string_view sha256) const { return folder_ / sha256; }
    std::optional<Parcel> find(std::string_view sha256) const; // none also when its record is damaged
    void save(const Parcel &parcel);
    void sync(std::string_view sha256) const; // its record, also inside a SyncBatch
    void remove(std::string_view sha256);     // bytes and record
    std::vector<Parcel> list() const;

private:
    std::filesystem::path folder_;
};

} // namespace nem12::loader

#pragma once
// The versions of staged days: all that wait, and the stored ones.

#include <span>

#include "merge/file_stamps.hpp"
#include "staging.hpp"
#include "version_order.hpp"

namespace nem12::pg {

struct DayVersion {
    int key; // the days' number, in the order in which every writer takes them: month, NMI, suffix, day
    bool is_stored;
    VersionStamp stamp;
    OldRow row;               // as it stands in its table
    ResultRelInfo *partition; // that its day belongs to
    Datum values[kDayColumns];
    bool nulls[kDayColumns];
};

// By key, the newest version of each first.
using DayVersions = std::span<DayVersion *>;

// Reads all versions of the days that these rows of staging, given in their order, are of, as the active snapshot has them,
// into the current memory context. False: something needs the executor.
bool read_versions(Relation staging, std::span<const int64> staging_ids, DayPartitions &partitions, FileStamps &files,
                   bool updates_first, DayVersions &out);

} // namespace nem12::pg

#pragma once
// The versions of staged days: all that wait, and the stored ones.

#include <span>
#include <tuple>

#include "merge/file_stamps.hpp"
#include "pg/growing_rows.hpp"
#include "store/channel_scan.hpp"
#include "store/staging.hpp"
#include "store/version_order.hpp"

namespace nem12::merge {

struct DayVersion {
    int key; // the day's number
    bool is_stored;
    store::VersionStamp stamp;
    store::OldRow row;                    // as it stands in its table
    HeapTuple tuple;                      // the whole of it
    const store::DayPartition *partition; // that its day belongs to
    Datum values[store::kDayColumns];
    bool nulls[store::kDayColumns];
};

// By day, the newest version of each first.
using DayVersions = std::span<DayVersion *>;

// Reads the days in the order in which every writer takes them: month, NMI, suffix, day; as the active snapshot has them. Lives
// in the memory context that is current when it is made, and has to be closed.
class DayReader {
public:
    DayReader(Relation staging, const store::RowLayout &layout, store::DayPartitions &partitions, FileStamps &files,
              bool updates_first);

    // Finds the days that these rows of staging are of; they are given in their order. False: something needs the executor.
    bool find_days(std::span<const int64> staging_ids);
    // All versions of the next days, in the current memory context; none after the last. No further channel is begun once there
    // are `enough`. Statements may write between two calls.
    DayVersions read(int enough);
    void close();

private:
    struct Day {
        std::string_view nmi, suffix;
        int month; // year * 12 + month
        DateADT date;
        Datum nmi_text, suffix_text;
        const store::DayPartition *partition;

        auto key() const { return std::tie(month, nmi, suffix, date); }
        bool is_in_run_of(const Day &other) const {
            return nmi == other.nmi && suffix == other.suffix && partition == other.partition;
        }
    };

    Relation staging_;
    store::RowLayout layout_; // of staging
    Relation by_key_;
    store::DayPartitions &partitions_;
    FileStamps &files_;
    bool updates_first_;
    pg::GrowingRows<Day> days_;
    int next_ = 0;

    void read_days(Relation queue, std::span<const int64> staging_ids);
    Day day_of(TupleTableSlot *row, const Day *last) const;
    bool find_partitions();
    void read_run(store::ChannelScan &scan, const store::RowLayout &layout, const Day *begin, const Day *end, bool is_stored,
                  pg::GrowingRows<DayVersion> &versions);
    DayVersions sorted(pg::GrowingRows<DayVersion> &versions) const;
};

} // namespace nem12::merge

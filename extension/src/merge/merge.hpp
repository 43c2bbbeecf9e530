#pragma once
// What becomes of the versions of days: the rules of 30-merge.sql, written without a plan (direct_table.hpp).

#include "merge/day_versions.hpp"

namespace nem12::merge {

// All versions of one day.
struct MergedDay {
    DayVersion *const *begin, *const *end; // the newest first
    DayVersion *stored;                    // nullptr: none is

    DayVersion *winner() const { return *begin; }
    int64 staged() const { return end - begin - (stored != nullptr ? 1 : 0); }
};

struct MergeTables {
    Relation days, staging, superseded, merged, files;
};

struct MergeLayouts {
    store::RowLayout days, staging, superseded, merged;
};

// Where the tables have our columns; none: something on them wants the executor. Of the months DayReader knows.
std::optional<MergeLayouts> find_layouts(const MergeTables &tables);

// Two versions with the same times and other content: for nem12_errors.
struct Conflict {
    int64 file_id;
    int32 line;
    Datum message;
};

// Lives in the memory context that is current when it is made.
class Merge {
public:
    Merge(const MergeTables &tables, const MergeLayouts &layouts, EState *days_estate, Oid superseded_ids, int64 merge_id)
        : tables_(tables), layouts_(layouts), days_estate_(days_estate), superseded_(store::open_target(tables.superseded)),
          merged_(store::open_target(tables.merged)), superseded_ids_(superseded_ids), merge_id_(Int64GetDatum(merge_id)),
          context_(CurrentMemoryContext) {}

    // Settles some days. ERROR where the executor has to do it.
    void settle(DayVersions versions);
    void close() {
        store::close_target(superseded_);
        store::close_target(merged_);
    }

    int64 inserted() const { return inserted_; }
    int64 updated() const { return updated_; }
    int64 discarded() const { return staged_ - inserted_ - updated_; }
    bool all_settled() const { return all_settled_; }
    pg::GrowingRows<Conflict> &conflicts() { return conflicts_; }

private:
    MergeTables tables_;
    MergeLayouts layouts_;
    EState *days_estate_;
    store::WriteTarget superseded_, merged_;
    Oid superseded_ids_;
    Datum merge_id_;
    MemoryContext context_;
    pg::GrowingRows<Conflict> conflicts_;
    int64 inserted_ = 0, updated_ = 0, staged_ = 0;
    bool all_settled_ = true;

    void insert_new(pg::GrowingRows<MergedDay> &days);
    void replace_stored(pg::GrowingRows<MergedDay> &days);
    void keep_losers(pg::GrowingRows<MergedDay> &days, size_t version_count);
    void delete_staged(pg::GrowingRows<MergedDay> &days);
    void add_conflict(const DayVersion &loser, const DayVersion &winner);
};

} // namespace nem12::merge

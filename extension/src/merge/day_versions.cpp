#include "merge/day_versions.hpp"

#include <algorithm>
#include <tuple>

#include "btree_index.hpp"
#include "channel_scan.hpp"
#include "pg/text.hpp"

extern "C" {
#include "access/tableam.h"
#include "utils/datetime.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
}

namespace nem12::pg {
namespace {

struct DayKey {
    std::string_view nmi, suffix;
    int month; // year * 12 + month
    DateADT date;
    Datum nmi_text, suffix_text;

    bool has_channel_of(const DayKey &other) const { return nmi == other.nmi && suffix == other.suffix; }
    auto order() const { return std::tie(month, nmi, suffix, date); }
};

int month_of(DateADT date) {
    int year;
    int month;
    int day;
    j2date(date + POSTGRES_EPOCH_JDATE, &year, &month, &day);
    return year * 12 + month;
}

// A text of the row, or `last` where that is the same: rows of one channel follow each other.
Datum copy_of(TupleTableSlot *row, int column, Datum last) {
    bool is_null;
    text *value = DatumGetTextPP(slot_getattr(row, column + 1, &is_null));
    if (last != Datum{0} && view_of(value) == view_of(DatumGetTextPP(last)))
        return last;
    return PointerGetDatum(cstring_to_text_with_len(VARDATA_ANY(value), static_cast<int>(VARSIZE_ANY_EXHDR(value))));
}

DayKey key_of(TupleTableSlot *row, const DayKey *last) {
    bool is_null;
    DayKey key;
    key.nmi_text = copy_of(row, kNmi, last == nullptr ? Datum{0} : last->nmi_text);
    key.suffix_text = copy_of(row, kSuffix, last == nullptr ? Datum{0} : last->suffix_text);
    key.nmi = view_of(DatumGetTextPP(key.nmi_text));
    key.suffix = view_of(DatumGetTextPP(key.suffix_text));
    key.date = DatumGetDateADT(slot_getattr(row, kDate + 1, &is_null));
    key.month = month_of(key.date);
    return key;
}

template <class Row>
class Rows {
public:
    Row &add(const Row &row) {
        if (count_ == room_) {
            room_ *= 2;
            rows_ = static_cast<Row *>(repalloc_huge(rows_, sizeof(Row) * static_cast<size_t>(room_)));
        }
        return rows_[count_++] = row;
    }
    Row *begin() { return rows_; }
    Row *end() { return rows_ + count_; }
    int count() const { return count_; }
    void cut(const Row *end) { count_ = static_cast<int>(end - rows_); }

private:
    int room_ = 256;
    int count_ = 0;
    Row *rows_ = static_cast<Row *>(palloc(sizeof(Row) * static_cast<size_t>(room_)));
};

class Reader {
public:
    Reader(Relation staging, DayPartitions &partitions, FileStamps &files)
        : staging_(staging), partitions_(partitions), files_(files) {}

    bool read_keys(std::span<const int64> staging_ids);
    bool read_rows();
    DayVersions sorted(bool updates_first);

private:
    Relation staging_;
    DayPartitions &partitions_;
    FileStamps &files_;
    Rows<DayKey> keys_;
    Rows<DayVersion> versions_;

    ResultRelInfo *partition_of_key(const DayKey &key);
    void read_run(ChannelScan &scan, const DayKey *begin, const DayKey *end, ResultRelInfo *partition, bool is_stored);
};

bool Reader::read_keys(std::span<const int64> staging_ids) {
    constexpr AttrNumber kColumns[] = {kStagingId + 1};
    Relation queue = open_btree(staging_, kColumns);
    if (queue == nullptr)
        return false;
    ScanKeyData range[2];
    ScanKeyInit(&range[0], 1, BTGreaterEqualStrategyNumber, F_INT8GE, Int64GetDatum(staging_ids.front()));
    ScanKeyInit(&range[1], 1, BTLessEqualStrategyNumber, F_INT8LE, Int64GetDatum(staging_ids.back()));
    IndexScanDesc scan = begin_index_scan(staging_, queue, GetActiveSnapshot(), 2);
    index_rescan(scan, range, 2, nullptr, 0);
    TupleTableSlot *slot = table_slot_create(staging_, nullptr);
    auto wanted = staging_ids.begin();
    while (index_getnext_slot(scan, ForwardScanDirection, slot)) {
        bool is_null;
        const int64 id = DatumGetInt64(slot_getattr(slot, kStagingId + 1, &is_null));
        while (wanted != staging_ids.end() && *wanted < id)
            ++wanted;
        if (wanted != staging_ids.end() && *wanted == id)
            keys_.add(key_of(slot, keys_.count() == 0 ? nullptr : keys_.end() - 1));
    }
    ExecDropSingleTupleTableSlot(slot);
    index_endscan(scan);
    index_close(queue, NoLock);
    std::sort(keys_.begin(), keys_.end(), [](const DayKey &a, const DayKey &b) { return a.order() < b.order(); });
    keys_.cut(std::unique(keys_.begin(), keys_.end(), [](const DayKey &a, const DayKey &b) { return a.order() == b.order(); }));
    return true;
}

ResultRelInfo *Reader::partition_of_key(const DayKey &key) {
    Datum values[kDayColumns] = {};
    bool nulls[kDayColumns];
    std::fill_n(nulls, kDayColumns, true);
    values[kNmi] = key.nmi_text;
    values[kSuffix] = key.suffix_text;
    values[kDate] = DateADTGetDatum(key.date);
    nulls[kNmi] = nulls[kSuffix] = nulls[kDate] = false;
    return partition_of(partitions_, {values, nulls, false});
}

// A channel's days [begin, end) of one partition.
void Reader::read_run(ChannelScan &scan, const DayKey *begin, const DayKey *end, ResultRelInfo *partition, bool is_stored) {
    scan.start(begin->nmi_text, begin->suffix_text, begin->date, end[-1].date);
    const DayKey *key = begin;
    while (TupleTableSlot *slot = scan.next()) {
        bool is_null;
        const DateADT date = DatumGetDateADT(slot_getattr(slot, kDate + 1, &is_null));
        while (key->date < date)
            ++key;
        if (key->date != date)
            continue;
        DayVersion &version = versions_.add({});
        version.key = static_cast<int>(key - keys_.begin());
        version.is_stored = is_stored;
        version.partition = partition;
        Datum values[kStagingColumns];
        bool nulls[kStagingColumns];
        HeapTuple row = ExecCopySlotHeapTuple(slot);
        version.row = {slot->tts_tid, (row->t_data->t_infomask & HEAP_UPDATED) != 0};
        heap_deform_tuple(row, slot->tts_tupleDescriptor, values, nulls);
        std::copy_n(values, kDayColumns, version.values);
        std::copy_n(nulls, kDayColumns, version.nulls);
        const int64 file_id = DatumGetInt64(values[kFile]);
        const FileStamp &file = files_.of(file_id);
        version.stamp = {nulls[kUpdated] ? DT_NOBEGIN : DatumGetTimestamp(values[kUpdated]), file.created, file.sha256,
                         DatumGetInt32(values[kLine]), file_id};
    }
}

bool Reader::read_rows() {
    constexpr AttrNumber kColumns[] = {kNmi + 1, kSuffix + 1, kDate + 1};
    Relation by_key = open_btree(staging_, kColumns);
    if (by_key == nullptr)
        return false;
    ChannelScan staged(staging_, by_key, GetActiveSnapshot());
    const DayKey *begin = keys_.begin();
    ResultRelInfo *partition = begin == keys_.end() ? nullptr : partition_of_key(*begin);
    while (partition != nullptr && begin != keys_.end()) {
        ChannelScan stored(partition->ri_RelationDesc, primary_key_of(partition), GetActiveSnapshot());
        ResultRelInfo *next = partition;
        for (const DayKey *end = begin; begin != keys_.end() && next == partition; begin = end) {
            while (end != keys_.end() && next == partition && end->has_channel_of(*begin)) {
                if (++end != keys_.end())
                    next = partition_of_key(*end);
            }
            read_run(staged, begin, end, partition, false);
            read_run(stored, begin, end, partition, true);
            CHECK_FOR_INTERRUPTS();
        }
        stored.close();
        partition = next;
    }
    staged.close();
    index_close(by_key, NoLock);
    return begin == keys_.end();
}

DayVersions Reader::sorted(bool updates_first) {
    const auto count = static_cast<size_t>(versions_.count());
    auto **sorted = static_cast<DayVersion **>(palloc_extended(sizeof(DayVersion *) * (count + 1), MCXT_ALLOC_HUGE));
    std::transform(versions_.begin(), versions_.end(), sorted, [](DayVersion &version) { return &version; });
    std::sort(sorted, sorted + count, [updates_first](const DayVersion *a, const DayVersion *b) {
        if (a->key != b->key)
            return a->key < b->key;
        const auto order = compare(a->stamp, b->stamp, updates_first);
        return order != 0 ? order > 0 : a->is_stored > b->is_stored;
    });
    return {sorted, count};
}

} // namespace

bool read_versions(Relation staging, std::span<const int64> staging_ids, DayPartitions &partitions, FileStamps &files,
                   bool updates_first, DayVersions &out) {
    Reader reader(staging, partitions, files);
    if (!reader.read_keys(staging_ids) || !reader.read_rows())
        return false;
    out = reader.sorted(updates_first);
    return true;
}

} // namespace nem12::pg

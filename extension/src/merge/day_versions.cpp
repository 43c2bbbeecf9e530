#include "merge/day_versions.hpp"

#include <algorithm>

#include "pg/btree_index.hpp"
#include "pg/text.hpp"

extern "C" {
#include "access/tableam.h"
#include "utils/datetime.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
}

namespace nem12::merge {
namespace {

int month_of(DateADT date) {
    int year;
    int month;
    int day;
    j2date(date + POSTGRES_EPOCH_JDATE, &year, &month, &day);
    return year * 12 + month;
}

// A text of the row, or `last` where that is the same: rows of one channel follow each other.
Datum copy_of(TupleTableSlot *row, AttrNumber column, Datum last) {
    bool is_null;
    text *value = DatumGetTextPP(slot_getattr(row, column, &is_null));
    if (last != Datum{0} && pg::view_of(value) == pg::view_of(DatumGetTextPP(last)))
        return last;
    return PointerGetDatum(cstring_to_text_with_len(VARDATA_ANY(value), static_cast<int>(VARSIZE_ANY_EXHDR(value))));
}

DayVersion version_of(TupleTableSlot *slot, const store::RowLayout &layout, FileStamps &files) {
    HeapTuple row = ExecCopySlotHeapTuple(slot);
    Datum all_values[MaxHeapAttributeNumber];
    bool all_nulls[MaxHeapAttributeNumber];
    heap_deform_tuple(row, slot->tts_tupleDescriptor, all_values, all_nulls);
    DayVersion version;
    for (int i = 0; i < store::kDayColumns; ++i) {
        version.values[i] = all_values[layout.numbers[i] - 1];
        version.nulls[i] = all_nulls[layout.numbers[i] - 1];
    }
    const Datum *const values = version.values;
    version.tuple = row;
    version.row = {slot->tts_tid, (row->t_data->t_infomask & HEAP_UPDATED) != 0};
    const int64 file_id = DatumGetInt64(values[store::kFile]);
    const FileStamp &file = files.of(file_id);
    version.stamp = {version.nulls[store::kUpdated] ? DT_NOBEGIN : DatumGetTimestamp(values[store::kUpdated]), file.created,
                     file.sha256, DatumGetInt32(values[store::kLine]), file_id};
    return version;
}

} // namespace

DayReader::DayReader(Relation staging, const store::RowLayout &layout, store::DayPartitions &partitions, FileStamps &files,
                     bool updates_first)
    : staging_(staging), layout_(layout), partitions_(partitions), files_(files), updates_first_(updates_first) {
    const AttrNumber key[] = {layout.numbers[store::kNmi], layout.numbers[store::kSuffix], layout.numbers[store::kDate]};
    by_key_ = pg::open_btree(staging_, key);
}

void DayReader::close() {
    if (by_key_ != nullptr)
        index_close(by_key_, NoLock);
}

bool DayReader::find_days(std::span<const int64> staging_ids) {
    Relation queue = pg::open_btree(staging_, {&layout_.numbers[store::kStagingId], 1});
    if (queue == nullptr)
        return false;
    read_days(queue, staging_ids);
    index_close(queue, NoLock);
    std::sort(days_.begin(), days_.end(), [](const Day &a, const Day &b) { return a.key() < b.key(); });
    days_.cut(std::unique(days_.begin(), days_.end(), [](const Day &a, const Day &b) { return a.key() == b.key(); }));
    return by_key_ != nullptr && find_partitions();
}

void DayReader::read_days(Relation queue, std::span<const int64> staging_ids) {
    constexpr int kConditions = 2;
    ScanKeyData range[kConditions];
    ScanKeyInit(&range[0], 1, BTGreaterEqualStrategyNumber, F_INT8GE, Int64GetDatum(staging_ids.front()));
    ScanKeyInit(&range[1], 1, BTLessEqualStrategyNumber, F_INT8LE, Int64GetDatum(staging_ids.back()));
    IndexScanDesc scan = pg::begin_index_scan(staging_, queue, GetActiveSnapshot(), kConditions);
    index_rescan(scan, range, kConditions, nullptr, 0);
    TupleTableSlot *slot = table_slot_create(staging_, nullptr);
    auto wanted = staging_ids.begin();
    while (index_getnext_slot(scan, ForwardScanDirection, slot)) {
        bool is_null;
        const int64 id = DatumGetInt64(slot_getattr(slot, layout_.numbers[store::kStagingId], &is_null));
        while (wanted != staging_ids.end() && *wanted < id)
            ++wanted;
        if (wanted != staging_ids.end() && *wanted == id)
            days_.add(day_of(slot, days_.count() == 0 ? nullptr : days_.end() - 1));
    }
    ExecDropSingleTupleTableSlot(slot);
    index_endscan(scan);
}

DayReader::Day DayReader::day_of(TupleTableSlot *row, const Day *last) const {
    bool is_null;
    Day day{};
    day.nmi_text = copy_of(row, layout_.numbers[store::kNmi], last == nullptr ? Datum{0} : last->nmi_text);
    day.suffix_text = copy_of(row, layout_.numbers[store::kSuffix], last == nullptr ? Datum{0} : last->suffix_text);
    day.nmi = pg::view_of(DatumGetTextPP(day.nmi_text));
    day.suffix = pg::view_of(DatumGetTextPP(day.suffix_text));
    day.date = DatumGetDateADT(slot_getattr(row, layout_.numbers[store::kDate], &is_null));
    day.month = month_of(day.date);
    return day;
}

bool DayReader::find_partitions() {
    Datum values[store::kDayColumns] = {};
    bool nulls[store::kDayColumns];
    std::fill_n(nulls, store::kDayColumns, true);
    nulls[store::kNmi] = nulls[store::kSuffix] = nulls[store::kDate] = false;
    return std::all_of(days_.begin(), days_.end(), [&](Day &day) {
        values[store::kNmi] = day.nmi_text;
        values[store::kSuffix] = day.suffix_text;
        values[store::kDate] = DateADTGetDatum(day.date);
        day.partition = store::partition_of(partitions_, {values, nulls, false});
        return day.partition != nullptr;
    });
}

DayVersions DayReader::read(int enough) {
    pg::GrowingRows<DayVersion> versions;
    const Day *begin = days_.begin() + next_;
    const Day *const last = days_.end();
    const auto wants_more = [&] { return begin != last && versions.count() < enough; };
    store::ChannelScan staged(staging_, by_key_, GetActiveSnapshot());
    while (wants_more()) {
        const store::DayPartition *const partition = begin->partition;
        store::ChannelScan stored(partition->relation->ri_RelationDesc, partition->primary_key, GetActiveSnapshot());
        while (wants_more() && begin->partition == partition) {
            const Day *const end = std::find_if_not(begin, last, [&](const Day &day) { return day.is_in_run_of(*begin); });
            read_run(staged, layout_, begin, end, false, versions);
            read_run(stored, partition->layout, begin, end, true, versions);
            begin = end;
            CHECK_FOR_INTERRUPTS();
        }
        stored.close();
    }
    staged.close();
    next_ = static_cast<int>(begin - days_.begin());
    return sorted(versions);
}

// Days [begin, end) are one channel's in one partition.
void DayReader::read_run(store::ChannelScan &scan, const store::RowLayout &layout, const Day *begin, const Day *end,
                         bool is_stored, pg::GrowingRows<DayVersion> &versions) {
    scan.start(begin->nmi_text, begin->suffix_text, begin->date, end[-1].date);
    const Day *day = begin;
    while (TupleTableSlot *slot = scan.next()) {
        bool is_null;
        const DateADT date = DatumGetDateADT(slot_getattr(slot, layout.numbers[store::kDate], &is_null));
        while (day->date < date)
            ++day;
        if (day->date != date)
            continue;
        DayVersion &version = versions.add(version_of(slot, layout, files_));
        version.key = static_cast<int>(day - days_.begin());
        version.is_stored = is_stored;
        version.partition = day->partition;
    }
}

DayVersions DayReader::sorted(pg::GrowingRows<DayVersion> &versions) const {
    const auto count = static_cast<size_t>(versions.count());
    auto **sorted = static_cast<DayVersion **>(palloc_extended(sizeof(DayVersion *) * (count + 1), MCXT_ALLOC_HUGE));
    std::transform(versions.begin(), versions.end(), sorted, [](DayVersion &version) { return &version; });
    std::sort(sorted, sorted + count, [this](const DayVersion *a, const DayVersion *b) {
        if (a->key != b->key)
            return a->key < b->key;
        const auto order = store::compare(a->stamp, b->stamp, updates_first_);
        return order != 0 ? order > 0 : a->is_stored > b->is_stored;
    });
    return {sorted, count};
}

} // namespace nem12::merge

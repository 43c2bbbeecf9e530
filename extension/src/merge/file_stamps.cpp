#include "merge/file_stamps.hpp"

#include "pg/btree_index.hpp"
#include "pg/text.hpp"

extern "C" {
#include "access/genam.h"
#include "access/skey.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
}

namespace nem12::merge {

FileStamps::FileStamps(Relation files)
    : files_(files), file_id_(get_attnum(RelationGetRelid(files), "file_id")),
      created_(get_attnum(RelationGetRelid(files), "file_creation_date")),
      sha256_(get_attnum(RelationGetRelid(files), "sha256")), context_(CurrentMemoryContext) {
    index_ = pg::open_btree(files, {&file_id_, 1});
    HASHCTL control{};
    control.keysize = sizeof(int64);
    control.entrysize = sizeof(FileStamp);
    control.hcxt = context_;
    known_ = hash_create("nem12 files", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

const FileStamp &FileStamps::of(int64 file_id) {
    if (last_ != nullptr && last_->file_id == file_id)
        return *last_;
    bool found = false;
    auto *stamp = static_cast<FileStamp *>(hash_search(known_, &file_id, HASH_ENTER, &found));
    if (!found)
        look_up(*stamp);
    last_ = stamp;
    return *stamp;
}

void FileStamps::look_up(FileStamp &stamp) {
    stamp.created = DT_NOBEGIN;
    stamp.sha256 = {};
    ScanKeyData key;
    ScanKeyInit(&key, file_id_, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(stamp.file_id));
    const Oid index = index_ == nullptr ? InvalidOid : RelationGetRelid(index_);
    SysScanDesc scan = systable_beginscan(files_, index, index_ != nullptr, GetActiveSnapshot(), 1, &key);
    if (HeapTuple row = systable_getnext(scan); HeapTupleIsValid(row)) {
        bool is_null = false;
        const Datum created = heap_getattr(row, created_, RelationGetDescr(files_), &is_null);
        if (!is_null)
            stamp.created = DatumGetTimestamp(created);
        const Datum sha256 = heap_getattr(row, sha256_, RelationGetDescr(files_), &is_null);
        const MemoryContext caller = MemoryContextSwitchTo(context_);
        if (!is_null)
            stamp.sha256 = pg::view_of(DatumGetByteaPCopy(sha256));
        MemoryContextSwitchTo(caller);
    }
    systable_endscan(scan);
}

void FileStamps::close() {
    hash_destroy(known_);
    if (index_ != nullptr)
        index_close(index_, NoLock);
}

} // namespace nem12::merge

#pragma once
// What the ledger says of files, looked up once each.

#include <string_view>

#include "pg/postgres.hpp"

extern "C" {
#include "utils/hsearch.h"
}

namespace nem12::merge {

struct FileStamp {
    int64 file_id;           // 0: none was asked for yet
    Timestamp created;       // DT_NOBEGIN: not known, or the file is not in the ledger
    std::string_view sha256; // empty: not in the ledger
};

class FileStamps {
public:
    // `files` is nem12_files, open. What is looked up lives in the current memory context.
    explicit FileStamps(Relation files);
    const FileStamp &of(int64 file_id);
    void close();

private:
    Relation files_;
    Relation index_; // nullptr: none that helps
    AttrNumber file_id_, created_, sha256_;
    MemoryContext context_;
    HTAB *known_;
    const FileStamp *last_ = nullptr;

    void look_up(FileStamp &stamp);
};

} // namespace nem12::merge

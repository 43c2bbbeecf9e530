#pragma once
// What a query gives, through COPY ... TO STDOUT: row by row, in constant memory, with one snapshot.

#include <string>
#include <string_view>

#include "database/pg_connection.hpp"

namespace nem12::loader {

class CopyOut {
public:
    enum class Format {
        kText, // one column of text, its bytes as they are: COPY's own text format would escape them
        kCsv   // any columns: lines of CSV with their line feeds, the first one a header
    };

    // Begins. Throws DatabaseError, as next() does; Cancelled after patience.cancelled.
    CopyOut(PgConnection &connection, const std::string &query, Format format, Patience patience);

    // Leaves nothing half read: before the last row it closes the connection.
    ~CopyOut();
    CopyOut(const CopyOut &) = delete;
    CopyOut &operator=(const CopyOut &) = delete;

    // The next row, good until the next call. False when the server has said that those were all.
    bool next(std::string_view &row);

private:
    bool read_row();
    std::string_view text_in(std::string_view message);

    PgConnection &connection_;
    const Format format_;
    const Patience patience_;
    PgCopyRow row_;
    bool begun_ = false; // the header of the binary format is behind us
    bool ended_ = false; // the server has nothing more to say
};

} // namespace nem12::loader

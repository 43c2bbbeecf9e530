#pragma once
// The SQL behind an export. It needs the rights of an analyst (docs/analysts.md) and writes nothing, so a standby will do.

#include <cstdint>
#include <string>

#include "database/copy_out.hpp"
#include "export/export_request.hpp"

namespace nem12::loader {

// Begins the transaction that all of this happens in: of one snapshot, reading only; times without a zone are market time
// there, dates and texts come as files want them. Throws DatabaseError.
void begin_reading(PgConnection &connection, const Patience &patience);

// Whether the server can read `text` as a value of this type (timestamptz, timestamp). Throws DatabaseError for everything
// else.
bool is_readable(PgConnection &connection, const std::string &text, const char *type, const Patience &patience);

std::string export_query(const PgConnection &connection, const ExportRequest &request);
CopyOut::Format copy_format(ExportFormat format);

// What ExportWriter::units() will count, about: days or readings; -1 when it would take as long as the export to know.
int64_t expected_units(PgConnection &connection, const ExportRequest &request, const Patience &patience);

} // namespace nem12::loader

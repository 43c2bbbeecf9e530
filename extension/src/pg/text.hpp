#pragma once
// Bytes of a file as text of this database: whatever they are, the result is valid in the server's encoding.

#include <string_view>

#include "pg/postgres.hpp"

namespace nem12::pg {

// Printable ASCII and line feeds stay as they are, so does legal UTF-8 on a UTF8 server; any other byte becomes "\xNN".
// palloc'd.
char *to_cstring(std::string_view bytes);
text *to_text(std::string_view bytes);

// The bytes of a text or bytea argument; they live as long as the argument's memory.
std::string_view view_of(const varlena *packed);

} // namespace nem12::pg

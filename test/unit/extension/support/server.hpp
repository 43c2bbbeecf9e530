#pragma once
// Stands for the server where the extension's C++ is run outside one: the few functions it calls there, behind the real
// headers.
//
// Memory contexts are real (each palloc is a malloc of its own, freed with its context), so AddressSanitizer sees every use of
// memory that a reset or the end of a statement took away. ereport throws. Nothing else of a server is here: what is not in
// server.cpp does not link, and rows end in load_tables.hpp.
//
// To run the parser with the batch behind it in another program (a fuzzer, a benchmark): compile support/*.cpp and the sources
// that test/unit/CMakeLists.txt names for nem12_load_core, include load_tables.hpp and call load_file().

#include <stdexcept>
#include <string>

#include "pg/postgres.hpp"

namespace nem12::load::test {

// What ereport(ERROR) says.
struct ServerError : std::runtime_error {
    std::string sqlstate; // "NM010"
    std::string detail;
    ServerError(std::string sqlstate, const std::string &message, std::string detail)
        : std::runtime_error(message), sqlstate(std::move(sqlstate)), detail(std::move(detail)) {}
};

// While it lives, memory is a statement's (SPI's, say): gone afterwards.
class Statement {
public:
    Statement();
    ~Statement();
    Statement(const Statement &) = delete;
    Statement &operator=(const Statement &) = delete;

private:
    MemoryContext caller_, own_;
};

// COMMIT (false when a callback refuses it; then it was rolled back) and ROLLBACK of the transaction that everything runs in.
bool commit();
void rollback();

// The bytes that all contexts of this name hold now.
size_t held_by(const char *context_name);

// hash_bytes() keeps only these bits of a hash, so that different content collides.
inline uint32 hash_mask = ~uint32{0};

// The value of a numeric, as mantissa and scale in one text.
std::string text_of_numeric(Datum numeric);

} // namespace nem12::load::test

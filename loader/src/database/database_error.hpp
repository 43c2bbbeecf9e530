#pragma once

#include <stdexcept>
#include <string>

#include "database/sqlstate.hpp"

namespace nem12::loader {

// A call to the server that failed, with what the server said. The connection it happened on may be closed.
class DatabaseError : public std::runtime_error {
public:
    DatabaseError(ErrorClass error_class, std::string sqlstate, const std::string &message, std::string detail = {})
        : std::runtime_error(message), error_class_(error_class), sqlstate_(std::move(sqlstate)), detail_(std::move(detail)) {}
    ErrorClass error_class() const { return error_class_; }
    const std::string &sqlstate() const { return sqlstate_; } // empty: the server did not say
    const std::string &detail() const { return detail_; }     // of our own errors: JSON (line, record, field, code)

    std::string hint; // what the server advises, for people

    // The server process went away without a word of goodbye: a crash or a cut wire, not a shutdown.
    bool server_process_died = false;

private:
    ErrorClass error_class_;
    std::string sqlstate_, detail_;
};

// The caller asked to stop (lost lease, shutdown). Nothing was committed.
class Cancelled : public std::runtime_error {
public:
    Cancelled() : std::runtime_error("cancelled") {}
};

} // namespace nem12::loader

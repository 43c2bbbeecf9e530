#pragma once
// What an error of the server means for the file and for the breaker.

#include <string_view>

namespace nem12::loader {

enum class ErrorClass {
    kInfrastructure, // server away, full or restarting: the file is innocent, the breaker counts
    kContention,     // lock, deadlock, serialization: again after a delay
    kSlow,           // ran into a timeout of ours
    kData,           // the file's own fault: rejected with a report, never tried again
    kConfig,         // rights, missing database or function: stop and call a person
    kLimit,          // a configured cap of the server
    kInternal,       // a bug, ours or the server's
    kInDoubt,        // COMMIT was sent and no answer came: the ledger knows
};
std::string_view name_of(ErrorClass error_class); // infrastructure, contention, ...

// sqlstate may be empty (connection lost, or never made). connection_lost: PQstatus is bad.
ErrorClass classify(std::string_view sqlstate, bool connection_lost, bool commit_sent);

} // namespace nem12::loader

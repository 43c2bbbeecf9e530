#pragma once
// The one door between PostgreSQL and C++.
//
// Zone A (every function body behind NEM12_FUNCTION): PostgreSQL rules. Only trivially destructible objects on the stack,
// memory from palloc, errors by ereport, which longjmps over C++ frames.
// Zone B (mdff): never throws, never calls PostgreSQL. A calls B and looks at what it returns; ereport happens back in A.
// The catch-all below is the last line of defence: an exception that left a function would take the whole cluster down.

#include <cstring>
#include <exception>
#include <new>

#include "pg/postgres.hpp"

namespace nem12::pg {

struct Failure {
    int sqlstate;
    char message[512];

    void set(int code, const char *text) {
        sqlstate = code;
        strlcpy(message, text, sizeof message);
    }
};

template <class Body>
Datum enter(FunctionCallInfo fcinfo, Body body) {
    Failure failure;
    try {
        return body(fcinfo);
    } catch (const std::bad_alloc &) {
        failure.set(ERRCODE_OUT_OF_MEMORY, "out of memory");
    } catch (const std::exception &error) {
        failure.set(ERRCODE_INTERNAL_ERROR, error.what());
    } catch (...) {
        failure.set(ERRCODE_INTERNAL_ERROR, "unknown C++ exception");
    }
    // Outside every handler: no exception object is alive when ereport jumps.
    ereport(ERROR, (errcode(failure.sqlstate), errmsg("nem12: %s", failure.message)));
}

} // namespace nem12::pg

// Defines the SQL-callable C function `name`; the body that follows is zone A.
#define NEM12_FUNCTION(name)                                                                                                   \
    extern "C" {                                                                                                               \
    PGDLLEXPORT Datum name(PG_FUNCTION_ARGS);                                                                                  \
    PG_FUNCTION_INFO_V1(name);                                                                                                 \
    }                                                                                                                          \
    static Datum name##_body(FunctionCallInfo fcinfo);                                                                         \
    Datum name(PG_FUNCTION_ARGS) { return nem12::pg::enter(fcinfo, name##_body); }                                             \
    static Datum name##_body([[maybe_unused]] FunctionCallInfo fcinfo)

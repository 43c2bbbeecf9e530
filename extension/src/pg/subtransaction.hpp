#pragma once
// What an EXCEPTION block of plpgsql does, for C++: something is tried, and undone when it fails.

#include "pg/postgres.hpp"

namespace nem12::pg {

// nullptr: it went well, and what it did stays. Else the error, in the current memory context; what it did is undone.
using Caught = ErrorData *;

// Zone A: the body may raise errors, but holds nothing that needs a destructor. It sees what was committed until now. Not
// caught are an error of the server and not of the rows at hand (disk full, out of memory or locks: class 53; shutdown and
// cancellation: 57; I/O: 58; faults and corruption: XX) and a failed ASSERT: they fail everything, to be tried again.
Caught attempt(void (*body)(void *), void *argument);

template <class Body>
Caught attempt(Body body) {
    return attempt([](void *argument) { (*static_cast<Body *>(argument))(); }, &body);
}

} // namespace nem12::pg

#pragma once
// A refusal by the server as a verdict, so that it is reported like one of validation.

#include <string_view>

#include "database/database_error.hpp"
#include "validate/verdict.hpp"

namespace nem12::loader {

// The extension's errors carry line, record, field and code as JSON in DETAIL; others come without a place.
Verdict verdict_of(const DatabaseError &error);
Verdict verdict_of(std::string_view code, std::string_view message);

} // namespace nem12::loader

#pragma once
// A parser in palloc'd memory: trivially destructible, so it goes with its memory context.

#include <new>

#include "guc.hpp"
#include "mdff/parser.hpp"
#include "pg/market_time.hpp"
#include "pg/postgres.hpp"

namespace nem12::format {

static_assert(std::is_trivially_destructible_v<mdff::Parser>);

inline mdff::Parser *new_parser(MemoryContext context, const mdff::ParserOptions &options) {
    constexpr size_t kAlignment = alignof(mdff::Parser); // palloc promises MAXALIGN only
    auto *memory = static_cast<char *>(MemoryContextAllocHuge(context, sizeof(mdff::Parser) + kAlignment));
    return new (reinterpret_cast<void *>(TYPEALIGN(kAlignment, memory))) mdff::Parser(options);
}

// A file created later than this was dated by a wrong clock, and would win every comparison of versions for years. The limit
// is nem12.max_future_hours, which the loader sets to its own; the default, a year, leaves room for trial data.
inline mdff::DateTime latest_creation() {
    const int hours = max_future_hours();
    return hours == 0 ? mdff::kNoDateTime : mdff::DateTime{pg::market_now().seconds + int64{hours} * SECS_PER_HOUR};
}

} // namespace nem12::format

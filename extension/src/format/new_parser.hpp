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

// A file that claims to be younger has a clock gone wild, and would win every comparison of versions for years. A year is
// left (nem12.max_future_hours, which the loader sets to its own): trial data is made for days to come.
inline mdff::DateTime latest_creation() {
    const int hours = max_future_hours();
    return hours == 0 ? mdff::kNoDateTime : mdff::DateTime{pg::market_now().seconds + int64{hours} * SECS_PER_HOUR};
}

} // namespace nem12::format

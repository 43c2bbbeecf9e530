#pragma once
// A parser in palloc'd memory: trivially destructible, so it goes with its memory context.

#include <new>

#include "mdff/parser.hpp"
#include "pg/postgres.hpp"

namespace nem12::pg {

static_assert(std::is_trivially_destructible_v<mdff::Parser>);

inline mdff::Parser *new_parser(MemoryContext context, const mdff::ParserOptions &options) {
    constexpr size_t kAlignment = alignof(mdff::Parser); // palloc promises MAXALIGN only
    auto *memory = static_cast<char *>(MemoryContextAllocHuge(context, sizeof(mdff::Parser) + kAlignment));
    return new (reinterpret_cast<void *>(TYPEALIGN(kAlignment, memory))) mdff::Parser(options);
}

} // namespace nem12::pg

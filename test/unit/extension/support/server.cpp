#include "server.hpp"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <vector>

extern "C" {
#include "common/cryptohash.h"
#include "common/hashfn.h"
#include "common/sha2.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/inval.h"
#include "utils/json.h"
#include "utils/resowner.h"
}

#undef vsnprintf // port.h makes it the server's own

namespace nem12::load::test {
namespace {

struct Context;

struct alignas(16) Allocation {
    Context *owner;
    Allocation *previous, *next;
    size_t size;
};

struct Context : MemoryContextData {
    Allocation *allocations = nullptr;
    std::vector<Context *> children;
};

Context *new_context(Context *parent, const char *name) {
    auto *context = new Context();
    context->type = T_AllocSetContext;
    context->parent = parent;
    context->name = name;
    if (parent != nullptr)
        parent->children.push_back(context);
    return context;
}

Context *context_of(MemoryContext context) { return static_cast<Context *>(context); }

Allocation *allocation_of(void *pointer) { return static_cast<Allocation *>(pointer) - 1; }

void *allocate(MemoryContext context, size_t size, size_t limit) {
    if (size > limit)
        elog(ERROR, "invalid memory alloc request size %zu", size);
    auto *allocation = static_cast<Allocation *>(malloc(sizeof(Allocation) + size));
    Context *owner = context_of(context);
    *allocation = {owner, nullptr, owner->allocations, size};
    if (owner->allocations != nullptr)
        owner->allocations->previous = allocation;
    owner->allocations = allocation;
    memset(static_cast<void *>(allocation + 1), 0x7f, size); // what nobody set is seen
    return allocation + 1;
}

void release(Allocation *allocation) {
    (allocation->previous != nullptr ? allocation->previous->next : allocation->owner->allocations) = allocation->next;
    if (allocation->next != nullptr)
        allocation->next->previous = allocation->previous;
    free(allocation);
}

void empty(Context *context);

void destroy(Context *context) {
    empty(context);
    if (context->parent != nullptr)
        std::erase(context_of(context->parent)->children, context);
    delete context;
}

void empty(Context *context) {
    while (!context->children.empty())
        destroy(context->children.back());
    while (context->allocations != nullptr)
        release(context->allocations);
}

size_t held_below(const Context *context, std::string_view name) {
    size_t bytes = 0;
    if (context->name == name) {
        for (const Allocation *allocation = context->allocations; allocation != nullptr; allocation = allocation->next)
            bytes += allocation->size;
    }
    for (const Context *child : context->children)
        bytes += held_below(child, name);
    return bytes;
}

// The error that ereport is about to raise.
struct {
    int sqlstate;
    std::string message, detail;
} raised;

std::string formatted(const char *format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    std::string text(static_cast<size_t>(vsnprintf(nullptr, 0, format, arguments)), '\0');
    vsnprintf(text.data(), text.size() + 1, format, again);
    va_end(again);
    return text;
}

struct Callback {
    XactCallback function;
    void *argument;
};
std::vector<Callback> callbacks;

void tell(XactEvent event) {
    for (const Callback &callback : callbacks)
        callback.function(event, callback.argument);
}

// A numeric as int64_div_fast_to_numeric() makes it here.
struct NumericImageOfTest {
    int32 header;
    int32 scale;
    int64 mantissa;
};

// const char * in PostgreSQL 15, const void * later.
template <typename Bytes>
Bytes second_parameter(void (*)(StringInfo, Bytes, int));
using BinaryBytes = decltype(second_parameter(&appendBinaryStringInfo));

} // namespace

Statement::Statement() : caller_(CurrentMemoryContext), own_(new_context(context_of(TopTransactionContext), "statement")) {
    CurrentMemoryContext = own_;
}

Statement::~Statement() {
    CurrentMemoryContext = caller_;
    destroy(context_of(own_));
}

bool commit() {
    try {
        tell(XACT_EVENT_PRE_COMMIT);
    } catch (const ServerError &) {
        rollback();
        return false;
    }
    tell(XACT_EVENT_COMMIT);
    empty(context_of(TopTransactionContext));
    return true;
}

void rollback() {
    tell(XACT_EVENT_ABORT);
    empty(context_of(TopTransactionContext));
}

size_t held_by(const char *context_name) { return held_below(context_of(TopMemoryContext), context_name); }

std::string text_of_numeric(Datum numeric) {
    const auto *image = reinterpret_cast<const NumericImageOfTest *>(DatumGetPointer(numeric));
    return std::to_string(image->mantissa) + "e-" + std::to_string(image->scale);
}

} // namespace nem12::load::test

using namespace nem12::load::test;

// From here on: the server's functions, under their own names.

MemoryContext TopMemoryContext = new_context(nullptr, "top");
MemoryContext TopTransactionContext = new_context(context_of(TopMemoryContext), "transaction");
MemoryContext CurrentMemoryContext = TopTransactionContext;
ResourceOwner CurrentResourceOwner = nullptr;
ResourceOwner TopTransactionResourceOwner = nullptr;
volatile sig_atomic_t InterruptPending = 0;

MemoryContext AllocSetContextCreateInternal(MemoryContext parent, const char *name, Size, Size, Size) {
    return new_context(context_of(parent), name);
}
void MemoryContextReset(MemoryContext context) { empty(context_of(context)); }
void MemoryContextDelete(MemoryContext context) { destroy(context_of(context)); }
void *MemoryContextAlloc(MemoryContext context, Size size) { return allocate(context, size, MaxAllocSize); }
void *MemoryContextAllocHuge(MemoryContext context, Size size) { return allocate(context, size, MaxAllocHugeSize); }
void *MemoryContextAllocZero(MemoryContext context, Size size) {
    return memset(allocate(context, size, MaxAllocSize), 0, size);
}
void *palloc(Size size) { return MemoryContextAlloc(CurrentMemoryContext, size); }
void *palloc0(Size size) { return MemoryContextAllocZero(CurrentMemoryContext, size); }
void pfree(void *pointer) { release(allocation_of(pointer)); }
void *repalloc(void *pointer, Size size) {
    Allocation *old = allocation_of(pointer);
    void *copy = MemoryContextAlloc(old->owner, size);
    memcpy(copy, pointer, Min(old->size, size));
    release(old);
    return copy;
}
char *pnstrdup(const char *in, Size size) {
    size = size > 0 ? strnlen(in, size) : 0;
    char *copy = static_cast<char *>(palloc(size + 1));
    std::copy_n(in, size, copy);
    copy[size] = '\0';
    return copy;
}

text *cstring_to_text_with_len(const char *bytes, int size) {
    auto *result = static_cast<text *>(palloc(VARHDRSZ + static_cast<size_t>(size)));
    SET_VARSIZE(result, VARHDRSZ + static_cast<size_t>(size));
    std::copy_n(bytes, size, VARDATA(result)); // of nothing, too
    return result;
}
text *cstring_to_text(const char *bytes) { return cstring_to_text_with_len(bytes, static_cast<int>(strlen(bytes))); }
varlena *pg_detoast_datum_copy(varlena *value) {
    return static_cast<varlena *>(memcpy(palloc(VARSIZE(value)), value, VARSIZE(value)));
}

Numeric int64_div_fast_to_numeric(int64 mantissa, int scale) {
    auto *image = static_cast<NumericImageOfTest *>(palloc(sizeof(NumericImageOfTest)));
    SET_VARSIZE(image, sizeof(NumericImageOfTest));
    image->mantissa = mantissa;
    image->scale = scale;
    return reinterpret_cast<Numeric>(image);
}

// The database is UTF8.
int GetDatabaseEncoding() { return PG_UTF8; }
char *pg_any_to_server(const char *bytes, int, int) { return const_cast<char *>(bytes); }
int pg_utf_mblen(const unsigned char *s) {
    if (*s < 0x80)
        return 1;
    return (*s & 0xe0) == 0xc0 ? 2 : (*s & 0xf0) == 0xe0 ? 3 : (*s & 0xf8) == 0xf0 ? 4 : 1;
}
bool pg_utf8_islegal(const unsigned char *s, int size) {
    for (int i = 1; i < size; ++i) {
        if ((s[i] & 0xc0) != 0x80)
            return false;
    }
    return true;
}

bool errstart(int level, const char *) {
    raised = {};
    return level >= ERROR;
}
bool errstart_cold(int level, const char *domain) { return errstart(level, domain); }
int errcode(int sqlstate) {
    raised.sqlstate = sqlstate;
    return 0;
}
int errmsg(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    raised.message = formatted(format, arguments);
    va_end(arguments);
    return 0;
}
int errmsg_internal(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    raised.message = formatted(format, arguments);
    va_end(arguments);
    return 0;
}
int errdetail_internal(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    raised.detail = formatted(format, arguments);
    va_end(arguments);
    return 0;
}
int errhint(const char *, ...) { return 0; }
void errfinish(const char *, int, const char *) {
    std::string code;
    for (int rest = raised.sqlstate != 0 ? raised.sqlstate : ERRCODE_INTERNAL_ERROR; code.size() < 5; rest >>= 6)
        code += static_cast<char>(PGUNSIXBIT(rest));
    throw ServerError(code, raised.message, raised.detail);
}
void ProcessInterrupts() {}

void initStringInfo(StringInfo out) {
    out->maxlen = 64;
    out->data = static_cast<char *>(palloc(static_cast<size_t>(out->maxlen)));
    out->data[0] = '\0';
    out->len = out->cursor = 0;
}
void appendBinaryStringInfo(StringInfo out, BinaryBytes data, int size) {
    while (out->len + size >= out->maxlen) {
        out->maxlen *= 2;
        out->data = static_cast<char *>(repalloc(out->data, static_cast<size_t>(out->maxlen)));
    }
    memcpy(out->data + out->len, data, static_cast<size_t>(size));
    out->len += size;
    out->data[out->len] = '\0';
}
void appendStringInfoString(StringInfo out, const char *text) {
    appendBinaryStringInfo(out, text, static_cast<int>(strlen(text)));
}
void appendStringInfoChar(StringInfo out, char c) { appendBinaryStringInfo(out, &c, 1); }
void appendStringInfo(StringInfo out, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const std::string text = formatted(format, arguments);
    va_end(arguments);
    appendBinaryStringInfo(out, text.data(), static_cast<int>(text.size()));
}
void escape_json(StringInfo out, const char *text) {
    appendStringInfoChar(out, '"');
    for (; *text != '\0'; ++text) {
        if (*text == '"' || *text == '\\')
            appendStringInfoChar(out, '\\');
        appendStringInfoChar(out, *text);
    }
    appendStringInfoChar(out, '"');
}

uint32 hash_bytes(const unsigned char *bytes, int size) {
    uint32 hash = 2166136261; // FNV-1a
    for (int i = 0; i < size; ++i)
        hash = (hash ^ bytes[i]) * 16777619;
    return hash & hash_mask;
}

// Memory as in a server built without OpenSSL: palloc'd where it is made. The digest repeats a hash of the bytes.
struct pg_cryptohash_ctx {
    uint64 state;
};
pg_cryptohash_ctx *pg_cryptohash_create(pg_cryptohash_type) {
    return static_cast<pg_cryptohash_ctx *>(palloc(sizeof(pg_cryptohash_ctx)));
}
int pg_cryptohash_init(pg_cryptohash_ctx *context) {
    context->state = 14695981039346656037U;
    return 0;
}
int pg_cryptohash_update(pg_cryptohash_ctx *context, const uint8 *data, size_t size) {
    for (size_t i = 0; i < size; ++i)
        context->state = (context->state ^ data[i]) * 1099511628211U;
    return 0;
}
int pg_cryptohash_final(pg_cryptohash_ctx *context, uint8 *out, size_t size) {
    for (size_t i = 0; i < size; ++i)
        out[i] = reinterpret_cast<const uint8 *>(&context->state)[i % sizeof context->state];
    return 0;
}
void pg_cryptohash_free(pg_cryptohash_ctx *context) { pfree(context); }
const char *pg_cryptohash_error(pg_cryptohash_ctx *) { return "none"; }

void RegisterXactCallback(XactCallback function, void *argument) { callbacks.push_back({function, argument}); }
void RegisterSubXactCallback(SubXactCallback, void *) {}
SubTransactionId GetCurrentSubTransactionId() { return TopSubTransactionId; }
TimestampTz GetCurrentTimestamp() { return int64{26} * 365 * USECS_PER_DAY; } // 2025-12-25
void CacheRegisterRelcacheCallback(RelcacheCallbackFunction, Datum) {}

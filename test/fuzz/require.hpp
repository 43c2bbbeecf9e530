#pragma once
// What a fuzz target asserts: libFuzzer keeps the input that ends the program.

#include <cstdio>
#include <cstdlib>

// A function, defined before headers that make a macro of fprintf.
[[noreturn]] inline void requirement_failed(const char *file, int line, const char *condition) {
    std::fprintf(stderr, "%s:%d: not so: %s\n", file, line, condition);
    std::abort();
}

#define NEM12_REQUIRE(condition)                                                                                               \
    do {                                                                                                                       \
        if (!(condition))                                                                                                      \
            requirement_failed(__FILE__, __LINE__, #condition);                                                                \
    } while (false)

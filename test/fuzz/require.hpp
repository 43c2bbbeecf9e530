#pragma once
// What a fuzz target demands: a breach ends the program, so that both libFuzzer and the replay notice.

#include <cstdio>
#include <cstdlib>

#define NEM12_REQUIRE(condition)                                                                                               \
    do {                                                                                                                       \
        if (!(condition)) {                                                                                                    \
            std::fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                                       \
            std::abort();                                                                                                      \
        }                                                                                                                      \
    } while (false)

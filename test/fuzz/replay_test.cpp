// Every seed and every input that a fuzzer has found, once more through its target.

#include <csignal>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#define FUZZ_TARGET(name) extern "C" int fuzz_##name(const uint8_t *data, size_t size);
#include "fuzz_targets.inc"
#undef FUZZ_TARGET

namespace {

namespace fs = std::filesystem;

char now_replaying[4096];

// A breach ends the program; say where before it does.
extern "C" void name_the_input(int signal) {
    ssize_t written = ::write(STDERR_FILENO, now_replaying, std::strlen(now_replaying));
    (void)written;
    ::signal(signal, SIG_DFL);
    ::raise(signal);
}

void replay(const char *target, int (*run)(const uint8_t *, size_t)) {
    for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL})
        ::signal(signal, name_the_input);
    int inputs = 0;
    for (const char *origin : {"corpus", "found"}) {
        const fs::path folder = fs::path(NEM12_SOURCE_DIR) / "test/fuzz" / origin / target;
        if (!fs::exists(folder))
            continue;
        for (const fs::directory_entry &entry : fs::directory_iterator(folder)) {
            std::ifstream in(entry.path(), std::ios::binary);
            const std::string bytes{std::istreambuf_iterator<char>(in), {}};
            std::snprintf(now_replaying, sizeof now_replaying, "while replaying %s\n", entry.path().c_str());
            run(reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size());
            ++inputs;
        }
    }
    EXPECT_GT(inputs, 0) << "no seeds in test/fuzz/corpus/" << target;
}

#define FUZZ_TARGET(name)                                                                                                      \
    TEST(FuzzReplay, name) { replay(#name, fuzz_##name); }
#include "fuzz_targets.inc"
#undef FUZZ_TARGET

} // namespace

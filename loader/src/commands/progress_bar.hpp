#pragma once
// How far a load is: a bar refreshed on a terminal, nothing elsewhere; and the lines of finished files, beside the bar.

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace nem12::loader {

class ProgressBar {
public:
    ProgressBar(int64_t total_bytes, bool on_terminal);
    ~ProgressBar();

    // Thread-safe. The bar is drawn at most ten times a second.
    void add(int64_t bytes, int64_t readings);
    void print(const std::string &line); // on stdout

private:
    void draw();
    void wipe();

    const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    const int64_t total_;
    const bool on_terminal_;
    std::mutex mutex_;
    std::chrono::steady_clock::time_point drawn_{};
    int64_t bytes_ = 0, readings_ = 0;
};

// "[#####.....]  52 %  1,234,567 readings  (2,345,678/s)  eta 3 s"
std::string progress_line(int64_t bytes, int64_t total, int64_t readings, double seconds);

} // namespace nem12::loader

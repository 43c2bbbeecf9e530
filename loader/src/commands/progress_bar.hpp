#pragma once
// How far a load or an export is: a bar refreshed on a terminal, nothing elsewhere; and the lines of finished files, beside the
// bar.

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace nem12::loader {

class ProgressBar {
public:
    // total: what all of it is, negative when nobody knows (then there is no bar); `counted`: what is counted beside the bar.
    ProgressBar(int64_t total, bool on_terminal, std::string counted = "readings");
    ~ProgressBar();

    // Thread-safe. The bar is drawn at most ten times a second.
    void add(int64_t done, int64_t count);
    void print(const std::string &line); // on stdout

private:
    void draw();
    void wipe();

    const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    const int64_t total_;
    const bool on_terminal_;
    const std::string counted_;
    std::mutex mutex_;
    std::chrono::steady_clock::time_point drawn_{};
    int64_t done_ = 0, count_ = 0;
};

// "[#####.....]  52 %  1,234,567 readings  (2,345,678/s)  eta 3 s"
std::string progress_line(int64_t done, int64_t total, int64_t count, const std::string &counted, double seconds);

} // namespace nem12::loader

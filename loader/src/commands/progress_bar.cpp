#include "commands/progress_bar.hpp"

#include <algorithm>
#include <cstdio>

#include "daemon/status_report.hpp"

namespace nem12::loader {

std::string progress_line(int64_t done, int64_t total, int64_t count, const std::string &counted, double seconds) {
    constexpr int kWidth = 30;
    const double share = total > 0 ? std::clamp(static_cast<double>(done) / static_cast<double>(total), 0.0, 1.0) : 1.0;
    std::string bar(static_cast<size_t>(share * kWidth), '#');
    bar.resize(kWidth, '.');
    const auto rate = static_cast<int64_t>(static_cast<double>(count) / std::max(seconds, 0.001));
    std::string line = total < 0 ? "" : "[" + bar + "] " + std::to_string(static_cast<int>(share * 100)) + " %  ";
    line += with_thousands(count) + " " + counted + "  (" + with_thousands(rate) + "/s)";
    if (share > 0.01 && share < 1) {
        line += "  eta " + std::to_string(static_cast<int>(seconds / share - seconds) + 1) + " s";
    }
    return line;
}

ProgressBar::ProgressBar(int64_t total, bool on_terminal, std::string counted)
    : total_(total), on_terminal_(on_terminal), counted_(std::move(counted)) {}

ProgressBar::~ProgressBar() { wipe(); }

void ProgressBar::wipe() {
    if (on_terminal_) {
        std::fputs("\r\x1b[K", stderr);
    }
}

void ProgressBar::draw() {
    const auto now = std::chrono::steady_clock::now();
    if (!on_terminal_ || now - drawn_ < std::chrono::milliseconds(100)) {
        return;
    }
    drawn_ = now;
    const double seconds = std::chrono::duration<double>(now - start_).count();
    wipe();
    std::fputs(progress_line(done_, total_, count_, counted_, seconds).c_str(), stderr);
}

void ProgressBar::add(int64_t done, int64_t count) {
    const std::lock_guard lock(mutex_);
    done_ += done;
    count_ += count;
    draw();
}

void ProgressBar::print(const std::string &line) {
    const std::lock_guard lock(mutex_);
    wipe();
    std::printf("%s\n", line.c_str());
    std::fflush(stdout);
    drawn_ = {};
    draw();
}

} // namespace nem12::loader

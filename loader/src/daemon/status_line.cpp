#include "daemon/status_line.hpp"

#include <algorithm>
#include <cstdio>

#include <sys/ioctl.h>
#include <unistd.h>

#include "log/log.hpp"

namespace nem12::loader {

namespace {

size_t terminal_width() {
    winsize size{};
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 10 ? size.ws_col : 80;
}

} // namespace

StatusLine::StatusLine() : on_(isatty(STDERR_FILENO) == 1) {
    if (on_) {
        set_log_beside_status_line(true);
    }
}

StatusLine::~StatusLine() {
    if (on_) {
        set_log_beside_status_line(false);
        std::fputs("\r\x1b[K", stderr);
    }
}

void StatusLine::show(const StatusReport &report) {
    if (!on_) {
        return;
    }
    std::string line = std::string(1, "|/-\\"[tick_++ % 4]) + " " + status_line(report);
    line.resize(std::min(line.size(), terminal_width() - 1)); // a wrapped line could not be wiped
    std::fputs(("\r\x1b[K" + line).c_str(), stderr);
}

} // namespace nem12::loader

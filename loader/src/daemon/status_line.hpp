#pragma once
// One line at the bottom of a terminal that shows how the daemon stands; the log scrolls above it. Nothing elsewhere.

#include "daemon/status_report.hpp"

namespace nem12::loader {

class StatusLine {
public:
    StatusLine(); // on when stderr is a terminal
    ~StatusLine();
    StatusLine(const StatusLine &) = delete;
    StatusLine &operator=(const StatusLine &) = delete;

    void show(const StatusReport &report);

private:
    bool on_;
    int tick_ = 0;
};

} // namespace nem12::loader

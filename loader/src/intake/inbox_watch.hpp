#pragma once
// Wakes intake when something happens in the inbox. A hint only: the folder is looked through anyway every rescan_every, so an
// overflow or a file system without notification costs time, never a file.
//
// And it knows of files that were written to under its eyes and not closed since: their writers have them open still. That
// there is no such knowledge (a file from before the start, a network file system, a writer that closed it and goes on through
// another descriptor) means nothing.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "base/files.hpp"

namespace nem12::loader {

class InboxWatch {
public:
    explicit InboxWatch(const std::filesystem::path &inbox);
    void wait(std::chrono::milliseconds at_most); // returns early on an event, or on wake()
    void wake();                                  // from any thread

    void look(); // takes note of what happened so far
    bool being_written(const std::string &name) const;

private:
    using Clock = std::chrono::steady_clock;

    UniqueFd notify_, wake_;
    std::map<std::string, Clock::time_point> writing_; // by name, with the last write
    std::map<uint32_t, Clock::time_point> renamed_;    // by inotify's cookie, of those in writing

    bool take_note(); // true: a file is complete or came in
};

} // namespace nem12::loader

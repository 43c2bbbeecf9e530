#pragma once
// Wakes intake when something happens in the inbox. A hint only: the folder is looked through anyway every rescan_every, so an
// overflow or a file system without notification costs time, never a file.

#include <chrono>
#include <filesystem>

#include "spool/files.hpp"

namespace nem12::loader {

class InboxWatch {
public:
    explicit InboxWatch(const std::filesystem::path &inbox);
    void wait(std::chrono::milliseconds at_most); // returns early on an event, or on wake()
    void wake();                                  // from any thread

private:
    UniqueFd notify_, wake_;
};

} // namespace nem12::loader

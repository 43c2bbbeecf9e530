#include "intake/lease.hpp"

#include <cerrno>
#include <csignal>

#include <fcntl.h>

#include "mdff/without.hpp"

namespace nem12::loader {

ReadLease::ReadLease(int fd) : fd_(fd) {
    // The kernel tells a holder by SIGIO that somebody waits, and SIGIO's own effect is the end of the process.
    [[maybe_unused]] static const auto ignored = std::signal(SIGIO, SIG_IGN);
    given_ = NEM12_WITHOUT(read_lease) || ::fcntl(fd, F_SETLEASE, F_RDLCK) == 0;
    writer_ = !given_ && errno == EAGAIN;
}

ReadLease::~ReadLease() {
    if (given_)
        ::fcntl(fd_, F_SETLEASE, F_UNLCK);
}

bool ReadLease::unbroken() const { return given_ && (NEM12_WITHOUT(read_lease) || ::fcntl(fd_, F_GETLEASE) == F_RDLCK); }

} // namespace nem12::loader

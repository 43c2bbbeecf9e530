#include "daemon/systemd.hpp"

#include <ctime>

#include <systemd/sd-daemon.h>

namespace nem12::loader {

void tell_systemd_ready() { sd_notify(0, "READY=1"); }

void tell_systemd_reloading() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    // Since systemd 253 a reload must say when it began.
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld", static_cast<long long>(now.tv_sec) * 1000000 + now.tv_nsec / 1000);
}

void tell_systemd_stopping(std::chrono::seconds longest) {
    const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(longest).count();
    sd_notifyf(0, "STOPPING=1\nEXTEND_TIMEOUT_USEC=%lld", static_cast<long long>(microseconds));
}

void tell_systemd_status(const std::string &line) { sd_notify(0, ("STATUS=" + line).c_str()); }

void ping_systemd_watchdog() { sd_notify(0, "WATCHDOG=1"); }

std::optional<std::chrono::microseconds> systemd_watchdog_interval() {
    uint64_t microseconds = 0;
    if (sd_watchdog_enabled(0, &microseconds) <= 0) {
        return std::nullopt;
    }
    return std::chrono::microseconds(microseconds / 2); // twice in each period, as its manual advises
}

} // namespace nem12::loader

#pragma once
// What systemd (Type=notify) wants to hear; nothing happens when the loader was not started by it.

#include <chrono>
#include <optional>
#include <string>

namespace nem12::loader {

void tell_systemd_ready();
void tell_systemd_reloading();
void tell_systemd_stopping(std::chrono::seconds longest); // how long the drain may take
void tell_systemd_status(const std::string &line);        // shown by systemctl status
void ping_systemd_watchdog();
std::optional<std::chrono::microseconds> systemd_watchdog_interval(); // nothing: no watchdog wanted

} // namespace nem12::loader

#pragma once

#include <string_view>

namespace nem12::loader {

// Whether a host name or address is this machine by its spelling alone: localhost, 127.x.x.x, ::1, or a socket's path (libpq).
inline bool is_this_host(std::string_view host) {
    return host.empty() || host[0] == '/' || host[0] == '@' || host == "localhost" || host == "::1" ||
           (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos);
}

} // namespace nem12::loader

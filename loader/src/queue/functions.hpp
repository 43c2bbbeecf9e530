#pragma once
// The Redis Functions library behind the queue: FUNCTION LOAD's argument. Functions live with the data and survive a restart.

#include <string>
#include <string_view>

namespace nem12::loader {

struct QueueLibrary {
    std::string source;
    std::string version; // of the source's text; what nem12_version answers once it is loaded
};

const QueueLibrary &queue_library();

} // namespace nem12::loader

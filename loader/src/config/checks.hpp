#pragma once
// What single keys cannot say: settings that must fit each other.

#include <string>
#include <vector>

#include "config/config.hpp"

namespace nem12::loader {

// One message for each pair of settings that cannot work together.
std::vector<std::string> check_together(const Config &config);

} // namespace nem12::loader

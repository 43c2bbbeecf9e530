#pragma once
// The release this is, from the build.

#include <string_view>

namespace nem12::loader {

inline constexpr std::string_view kVersion = NEM12_VERSION;

} // namespace nem12::loader

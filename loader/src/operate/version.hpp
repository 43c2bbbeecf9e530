#pragma once
// The loader's version, that of the release (CHANGELOG.md).

#include <string_view>

namespace nem12::loader {

inline constexpr std::string_view kVersion = "1.0.0";

} // namespace nem12::loader

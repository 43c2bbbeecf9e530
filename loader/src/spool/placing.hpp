#pragma once
// Puts a file under a name into archive/, rejected/ or failed/ without ever overwriting one that is there.

#include <filesystem>
#include <string_view>

namespace nem12::loader {

// Makes the bytes of `from` appear in `folder` (made when missing) as `name`, as "stem~<8 digits of sha256>.ext" when another
// content has that name, then "~2"...; the same content under the same name is left as it is. `from` stays. A hard link where
// the file system has them, `copy`: always bytes of its own. Atomic and durable. Returns the place.
std::filesystem::path place_file(const std::filesystem::path &from, std::string_view sha256,
                                 const std::filesystem::path &folder, std::string_view name, bool copy,
                                 const std::filesystem::path &temp);

} // namespace nem12::loader

#pragma once
// Puts a file under a name into archive/, rejected/ or failed/ without ever overwriting one that is there.

#include <filesystem>
#include <string>
#include <string_view>

#include "base/files.hpp"

namespace nem12::loader {

// kLink: a hard link where the file system has them, and `from` stays. kCopy: bytes of their own, and `from` stays. kMove: the
// file itself, for one that its writer may still have open: what he still writes has to land in the file that is kept.
enum class Placing { kLink, kCopy, kMove };

// Makes the bytes of `from` appear in `folder` (made when missing) as `name`, as "stem~<8 digits of sha256>.ext" when another
// content has that name, then "~2"...; the same content under the same name is left as it is (and so is `from`). Atomic and
// durable; kBatched: once the folder is synced. Returns the place.
std::filesystem::path place_file(const std::filesystem::path &from, std::string_view sha256,
                                 const std::filesystem::path &folder, std::string_view name, Placing how,
                                 const std::filesystem::path &temp, Durability durability = Durability::kImmediate);

// The two reports that stand beside a file in rejected/ and failed/: NAME.report.txt and NAME.report.json.
struct Reports {
    std::string text, json;
};
std::filesystem::path json_report_of(const std::filesystem::path &place);
std::string sha256_in_report(const std::filesystem::path &json_report); // empty when it cannot be read

// Like place_file, in two steps: the JSON report reserves the name (no other file, also of another daemon, gets a name whose
// report is about other content), and the file follows. A crash between leaves reports without a file, which the next attempt
// at the same content uses. `temp`: on the same file system. Returns where the file is to be put.
std::filesystem::path reserve_place(const std::filesystem::path &from, std::string_view sha256,
                                    const std::filesystem::path &folder, std::string_view name, const Reports &reports,
                                    const std::filesystem::path &temp);
void put_in_place(const std::filesystem::path &from, std::string_view sha256, const std::filesystem::path &place, Placing how,
                  const std::filesystem::path &temp);
void release_place(const std::filesystem::path &place); // no file follows after all

} // namespace nem12::loader

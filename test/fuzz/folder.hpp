#pragma once
// A folder for the files that a fuzz target needs, gone with the program.

#include <cstdlib>
#include <filesystem>
#include <string>

#include "require.hpp"

namespace nem12::fuzz {

class Folder {
public:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "nem12-fuzz-XXXXXX").string();
        NEM12_REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Folder(const Folder &) = delete;
    Folder &operator=(const Folder &) = delete;
    const std::filesystem::path &path() const { return path_; }

private:
    std::filesystem::path path_;
};

} // namespace nem12::fuzz

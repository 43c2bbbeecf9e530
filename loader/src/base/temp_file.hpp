#pragma once
// A file that is gone when its owner is, whatever happened: nothing is left of an attempt that failed. Once
// the file was renamed to where it belongs there is nothing to remove any more.

#include <filesystem>
#include <system_error>
#include <utility>

namespace nem12::loader {

class TempFile {
public:
    TempFile() = default;
    explicit TempFile(std::filesystem::path path) : path_(std::move(path)) {} // names it; the owner makes it
    TempFile(TempFile &&other) noexcept : path_(std::exchange(other.path_, {})) {}
    TempFile &operator=(TempFile &&other) noexcept {
        std::swap(path_, other.path_);
        return *this;
    }
    ~TempFile() {
        if (std::error_code none; !path_.empty())
            std::filesystem::remove(path_, none);
    }

    const std::filesystem::path &path() const { return path_; }
    explicit operator bool() const { return !path_.empty(); }
    std::filesystem::path release() { return std::exchange(path_, {}); } // it stays, and is the caller's

private:
    std::filesystem::path path_; // empty: none
};

} // namespace nem12::loader

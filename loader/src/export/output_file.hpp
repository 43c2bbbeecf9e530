#pragma once
// One file that is being written, plain or gzip, through a buffer.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "base/files.hpp"

namespace nem12::loader {

class OutputFile {
public:
    // path: for messages.
    OutputFile(UniqueFd fd, std::filesystem::path path, bool gzip);
    ~OutputFile();
    OutputFile(const OutputFile &) = delete;
    OutputFile &operator=(const OutputFile &) = delete;

    void write(std::string_view bytes); // throws FileError, as finish() does
    // Everything that was written is in the file; a file on a disk is synced.
    void finish(bool durable);

    int64_t file_bytes() const { return file_bytes_; } // as they are in the file

private:
    class Gzip;

    void flush();
    void put(std::string_view bytes);

    UniqueFd fd_;
    std::filesystem::path path_;
    std::vector<char> buffer_;
    size_t held_ = 0;
    int64_t file_bytes_ = 0;
    std::unique_ptr<Gzip> gzip_;
};

} // namespace nem12::loader

#pragma once
// Reads a file in chunks of bounded size.

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

namespace nem12::loader {

class ChunkReader {
public:
    // Throws std::system_error when the file cannot be opened or read. Symbolic links are not followed.
    ChunkReader(const std::filesystem::path &path, int64_t chunk_bytes);
    ~ChunkReader();
    ChunkReader(const ChunkReader &) = delete;
    ChunkReader &operator=(const ChunkReader &) = delete;

    // The next chunk, valid until the next call; empty at the end of the file. Every chunk but the last ends before a
    // 200 or 250 record where it has one, else at a line's end where it has one.
    std::string_view next();

private:
    int file_ = -1;
    bool ended_ = false;
    std::vector<char> buffer_;
    size_t held_ = 0, given_ = 0; // bytes in the buffer; those of them that were the last chunk
};

} // namespace nem12::loader

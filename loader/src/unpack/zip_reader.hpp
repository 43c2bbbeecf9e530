#pragma once
// A zip as a sequence of members, read through a descriptor (minizip). Refuses by ArchiveError what is encrypted, corrupt,
// packed by an unknown method, or lies about itself: overlapping members, local and central headers that differ.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/files.hpp"

namespace nem12::loader {

class ZipReader {
public:
    ZipReader(int fd, int max_entries); // fd: positioned reads only; stays the caller's
    ~ZipReader();
    ZipReader(const ZipReader &) = delete;
    ZipReader &operator=(const ZipReader &) = delete;

    bool next();                                      // to the next member; directories and empty ones are passed over
    const std::string &name() const { return name_; } // as it stands in the archive; never a path for us
    int64_t packed_bytes() const { return packed_; }
    size_t read(std::span<char> buffer); // 0 after the last byte, whose checksum was right

private:
    struct Source;
    struct Extent {
        uint64_t begin, end;
    };

    std::unique_ptr<Source> source_;
    void *zip_ = nullptr;
    std::string name_;
    int64_t packed_ = 0, size_ = 0, produced_ = 0;
    bool started_ = false, member_open_ = false, at_end_ = false;

    void check_directory(int max_entries, uint64_t begin);
    bool go_on();
};

} // namespace nem12::loader

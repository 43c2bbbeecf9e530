#pragma once
// A gzip file as the bytes in it: of all its members, one behind the other. Refuses by ArchiveError what is cut short, damaged
// (checksum and size are compared), or followed by anything that is not gzip: zlib's own gzread passes over that in silence.

#include <cstdint>
#include <span>
#include <vector>

#include <zlib.h>

namespace nem12::loader {

class GzipReader {
public:
    explicit GzipReader(int fd); // positioned reads only; stays the caller's
    ~GzipReader();
    GzipReader(const GzipReader &) = delete;
    GzipReader &operator=(const GzipReader &) = delete;

    int64_t packed_bytes() const { return size_; }
    size_t read(std::span<char> buffer); // 0 after the last byte of the last member

private:
    int fd_;
    int64_t size_ = 0, position_ = 0;
    std::vector<unsigned char> packed_;
    z_stream stream_{};
    bool member_ended_ = false;

    bool refill(); // false at the end of the file
    bool next_member();
};

} // namespace nem12::loader

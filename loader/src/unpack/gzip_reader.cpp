#include "unpack/gzip_reader.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <sys/stat.h>
#include <unistd.h>

#include "base/files.hpp"
#include "unpack/archive_error.hpp"

namespace nem12::loader {

namespace {

constexpr size_t kPackedBytes = 128 * 1024;
constexpr int kGzipOnly = 15 + 16; // the window of inflateInit2

} // namespace

GzipReader::GzipReader(int fd) : fd_(fd), packed_(kPackedBytes) {
    struct stat status {};
    if (::fstat(fd, &status) != 0 || inflateInit2(&stream_, kGzipOnly) != Z_OK)
        throw ArchiveError("archive_corrupt", "the gzip file cannot be opened");
    size_ = status.st_size;
}

GzipReader::~GzipReader() { inflateEnd(&stream_); }

bool GzipReader::refill() {
    ssize_t got = 0;
    do
        got = ::pread(fd_, packed_.data(), packed_.size(), position_);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        throw_file_error("cannot read", "a gzip file");
    position_ += got;
    stream_.next_in = packed_.data();
    stream_.avail_in = static_cast<unsigned>(got);
    return got > 0;
}

// After the end of a member: the beginning of another one, or nothing.
bool GzipReader::next_member() {
    if (stream_.avail_in == 0 && !refill())
        return false;
    if (*stream_.next_in != 0x1f)
        throw ArchiveError("archive_extra_data", "the gzip file is followed by something that is not gzip");
    inflateReset(&stream_);
    member_ended_ = false;
    return true;
}

size_t GzipReader::read(std::span<char> buffer) {
    stream_.next_out = reinterpret_cast<unsigned char *>(buffer.data());
    stream_.avail_out = static_cast<unsigned>(buffer.size());
    while (stream_.avail_out == buffer.size()) {
        if (member_ended_ && !next_member())
            return 0;
        if (stream_.avail_in == 0 && !refill())
            throw ArchiveError("archive_truncated", "the gzip file is cut short");
        int result = inflate(&stream_, Z_NO_FLUSH);
        if (result == Z_STREAM_END)
            member_ended_ = true;
        else if (result != Z_OK && result != Z_BUF_ERROR)
            throw ArchiveError("archive_corrupt", "the gzip file is damaged");
    }
    return buffer.size() - stream_.avail_out;
}

} // namespace nem12::loader

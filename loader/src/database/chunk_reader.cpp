#include "database/chunk_reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace nem12::loader {
namespace {

size_t cut_of(const char *data, size_t size) {
    size_t line_end = 0;
    for (size_t end = size; end > 0;) {
        const char *newline = static_cast<const char *>(memrchr(data, '\n', end));
        if (!newline)
            break;
        size_t start = static_cast<size_t>(newline - data) + 1;
        if (line_end == 0)
            line_end = start;
        if (size - start >= 4 && (memcmp(data + start, "200,", 4) == 0 || memcmp(data + start, "250,", 4) == 0))
            return start;
        end = start - 1;
    }
    return line_end ? line_end : size;
}

} // namespace

ChunkReader::ChunkReader(const std::filesystem::path &path, int64_t chunk_bytes) {
    file_ = open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (file_ < 0)
        throw std::system_error(errno, std::generic_category(), "cannot open the spooled file");
    struct stat status {};
    // A byte more than the file has, so that its end is seen without growing.
    const int64_t all = fstat(file_, &status) == 0 && S_ISREG(status.st_mode) ? status.st_size + 1 : chunk_bytes;
    buffer_.resize(static_cast<size_t>(std::clamp<int64_t>(all, 4096, std::max<int64_t>(chunk_bytes, 4096))));
    posix_fadvise(file_, 0, 0, POSIX_FADV_SEQUENTIAL);
}

ChunkReader::~ChunkReader() {
    if (file_ >= 0)
        ::close(file_);
}

std::string_view ChunkReader::next() {
    memmove(buffer_.data(), buffer_.data() + given_, held_ - given_);
    held_ -= given_;
    while (!ended_ && held_ < buffer_.size()) {
        ssize_t got = read(file_, buffer_.data() + held_, buffer_.size() - held_);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            throw std::system_error(errno, std::generic_category(), "cannot read the spooled file");
        ended_ = got == 0;
        held_ += static_cast<size_t>(got);
    }
    given_ = ended_ ? held_ : cut_of(buffer_.data(), held_);
    return {buffer_.data(), given_};
}

} // namespace nem12::loader

#pragma once
// Zip and gzip files made in memory, also broken ones.

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include <minizip/zip.h>
#include <zlib.h>

namespace nem12::loader::test {

struct ArchiveFile {
    std::string name, content;
};

inline std::string slurp(const std::filesystem::path &path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

inline void spit(const std::filesystem::path &path, std::string_view content) {
    std::ofstream(path, std::ios::binary | std::ios::trunc).write(content.data(), static_cast<std::streamsize>(content.size()));
}

inline std::string make_zip(const std::vector<ArchiveFile> &files, int method = Z_DEFLATED) {
    std::string pattern = (std::filesystem::temp_directory_path() / "nem12-zip-XXXXXX").string();
    int fd = ::mkstemp(pattern.data());
    if (fd < 0)
        throw std::runtime_error("mkstemp failed");
    ::close(fd);
    zipFile zip = zipOpen64(pattern.c_str(), APPEND_STATUS_CREATE);
    for (const ArchiveFile &file : files) {
        zip_fileinfo info{};
        zipOpenNewFileInZip64(zip, file.name.c_str(), &info, nullptr, 0, nullptr, 0, nullptr, method, 6, 0);
        zipWriteInFileInZip(zip, file.content.data(), static_cast<unsigned>(file.content.size()));
        zipCloseFileInZip(zip);
    }
    zipClose(zip, nullptr);
    std::string bytes = slurp(pattern);
    std::filesystem::remove(pattern);
    return bytes;
}

inline std::string make_gzip(const std::string &content) {
    z_stream stream{};
    deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&stream, content.size()) + 32, '\0');
    stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(content.data()));
    stream.avail_in = static_cast<uInt>(content.size());
    stream.next_out = reinterpret_cast<Bytef *>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

// Offset of the n-th (from 0) header with this signature.
inline size_t header_at(const std::string &zip, const char *signature, int n = 0) {
    size_t at = zip.find(std::string(signature, 4));
    while (n-- > 0)
        at = zip.find(std::string(signature, 4), at + 4);
    return at;
}

inline const char *const kLocalHeader = "PK\3\4";
inline const char *const kCentralHeader = "PK\1\2";

} // namespace nem12::loader::test

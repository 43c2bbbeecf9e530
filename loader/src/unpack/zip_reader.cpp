#include "unpack/zip_reader.hpp"

#include <algorithm>
#include <cerrno>
#include <set>

#include <minizip/unzip.h>
#include <unistd.h>

#include "unpack/archive_error.hpp"

namespace nem12::loader {

struct ZipReader::Source {
    int fd;
    uint64_t size = 0, position = 0;
    bool error = false;
};

namespace {

constexpr uint16_t kEncrypted = 1, kStrongEncryption = 1 << 6, kMaskedHeaders = 1 << 13;
constexpr uint64_t kLongestDescriptor = 24;   // of sizes and checksum, behind a member that was written as a stream
constexpr uint64_t kLongestEmptyDeflate = 16; // 2 bytes are enough

[[noreturn]] void throw_corrupt(const std::string &what) {
    throw ArchiveError("archive_corrupt", "the zip is damaged or cut short: " + what);
}

template <typename Source>
zlib_filefunc64_def callbacks_over(Source *source) {
    zlib_filefunc64_def io{};
    io.opaque = source;
    io.zopen64_file = [](voidpf opaque, const void *, int) -> voidpf { return opaque; };
    io.zread_file = [](voidpf opaque, voidpf, void *buffer, uLong size) -> uLong {
        auto *from = static_cast<Source *>(opaque);
        uLong done = 0;
        while (done < size) {
            ssize_t got =
                ::pread(from->fd, static_cast<char *>(buffer) + done, size - done, static_cast<off_t>(from->position));
            if (got < 0 && errno == EINTR)
                continue;
            from->error |= got < 0;
            if (got <= 0)
                break;
            done += static_cast<uLong>(got);
            from->position += static_cast<uint64_t>(got);
        }
        return done;
    };
    io.zwrite_file = [](voidpf, voidpf, const void *, uLong) -> uLong { return 0; };
    io.ztell64_file = [](voidpf opaque, voidpf) -> ZPOS64_T { return static_cast<Source *>(opaque)->position; };
    io.zseek64_file = [](voidpf opaque, voidpf, ZPOS64_T offset, int origin) -> long {
        auto *from = static_cast<Source *>(opaque);
        uint64_t base = origin == ZLIB_FILEFUNC_SEEK_CUR ? from->position : origin == ZLIB_FILEFUNC_SEEK_END ? from->size : 0;
        if (base + offset > from->size || base + offset < base)
            return -1;
        from->position = base + offset;
        return 0;
    };
    io.zclose_file = [](voidpf, voidpf) -> int { return 0; };
    io.zerror_file = [](voidpf opaque, voidpf) -> int { return static_cast<Source *>(opaque)->error ? 1 : 0; };
    return io;
}

std::string bytes_at(int fd, uint64_t offset, size_t count) {
    std::string bytes(count, '\0');
    size_t done = 0;
    while (done < count) {
        ssize_t got = ::pread(fd, bytes.data() + done, count - done, static_cast<off_t>(offset + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        done += static_cast<size_t>(got);
    }
    bytes.resize(done);
    return bytes;
}

uint64_t number_at(std::string_view bytes, size_t offset, size_t count) { // little-endian; 0 outside
    uint64_t number = 0;
    for (size_t i = count; i-- > 0 && offset + count <= bytes.size();)
        number = number << 8 | static_cast<unsigned char>(bytes[offset + i]);
    return number;
}

// What stands before the first member or behind the end record is seen by no reader, or by another one than ours: a second zip,
// for one, hides the first. Returns where the directory begins. So the directory has to reach the end record, and the end
// record the end of the file (APPNOTE 4.3).
uint64_t check_end(int fd, uint64_t size) {
    constexpr size_t kRecord = 22, kLongestComment = 65535, kLocator64 = 20;
    constexpr uint64_t kSee64 = 0xFFFFFFFF;
    size_t tail_size = static_cast<size_t>(std::min<uint64_t>(size, kRecord + kLongestComment));
    std::string tail = bytes_at(fd, size - tail_size, tail_size);
    size_t at = tail.rfind("PK\5\6");
    if (at == std::string::npos || tail.size() - at < kRecord)
        throw ArchiveError("archive_truncated", "the zip has no end record; it may be cut short");
    if (tail.size() - at - kRecord != number_at(tail, at + 20, 2))
        throw ArchiveError("archive_extra_data", "the zip is followed by something that does not belong to it");
    uint64_t record = size - tail_size + at, directory_size = number_at(tail, at + 12, 4),
             directory = number_at(tail, at + 16, 4);
    if (at >= kLocator64 && tail.compare(at - kLocator64, 4, "PK\6\7") == 0) {
        record = number_at(tail, at - kLocator64 + 8, 8);
        std::string record64 = bytes_at(fd, record, 56);
        if (!record64.starts_with("PK\6\6"))
            throw_corrupt("the end record");
        // Some readers go by one record, some by the other: where both speak they have to say the same.
        const auto agreed = [](uint64_t here, uint64_t there) {
            if (here != kSee64 && here != there)
                throw_corrupt("the two end records differ");
            return there;
        };
        directory_size = agreed(directory_size, number_at(record64, 40, 8));
        directory = agreed(directory, number_at(record64, 48, 8));
        constexpr uint64_t kSee64Count = 0xFFFF;
        for (auto [offset, offset64] : {std::pair<size_t, size_t>{8, 24}, {10, 32}}) { // entries, on this disk and altogether
            const uint64_t entries = number_at(tail, at + offset, 2);
            agreed(entries == kSee64Count ? kSee64 : entries, number_at(record64, offset64, 8));
        }
    }
    if (directory + directory_size != record || directory + directory_size < directory)
        throw ArchiveError("archive_extra_data", "the zip holds something outside its directory");
    return directory;
}

} // namespace

ZipReader::ZipReader(int fd, int max_entries) : source_(std::make_unique<Source>()) {
    source_->fd = fd;
    off_t size = ::lseek(fd, 0, SEEK_END);
    source_->size = size < 0 ? 0 : static_cast<uint64_t>(size);
    zlib_filefunc64_def io = callbacks_over(source_.get());
    zip_ = unzOpen2_64("", &io);
    if (zip_ == nullptr)
        throw ArchiveError("archive_truncated", "the zip has no readable directory; it may be cut short");
    try {
        check_directory(max_entries, check_end(fd, source_->size));
    } catch (...) {
        unzClose(zip_);
        throw;
    }
}

ZipReader::~ZipReader() {
    if (member_open_)
        unzCloseCurrentFile(zip_);
    unzClose(zip_);
}

// Everything the directory says is checked before a byte is inflated.
void ZipReader::check_directory(int max_entries, uint64_t begin) {
    unz_global_info64 global{};
    if (unzGetGlobalInfo64(zip_, &global) != UNZ_OK)
        throw_corrupt("directory");
    if (global.number_entry > static_cast<uint64_t>(max_entries))
        throw ArchiveError("archive_entries", "the archive has " + std::to_string(global.number_entry) +
                                                  " entries, more than " + std::to_string(max_entries));
    std::vector<Extent> extents;
    std::set<std::string> names;
    bool names_differ = false;
    uint64_t entry_end = 0;
    for (int result = global.number_entry == 0 ? UNZ_END_OF_LIST_OF_FILE : unzGoToFirstFile(zip_);
         result != UNZ_END_OF_LIST_OF_FILE; result = unzGoToNextFile(zip_)) {
        unz_file_info64 info{};
        if (result != UNZ_OK || unzGetCurrentFileInfo64(zip_, &info, nullptr, 0, nullptr, 0, nullptr, 0) != UNZ_OK)
            throw_corrupt("directory");
        std::string name(info.size_filename + 1, '\0');
        if (unzGetCurrentFileInfo64(zip_, nullptr, name.data(), name.size(), nullptr, 0, nullptr, 0) != UNZ_OK)
            throw_corrupt("directory");
        name.resize(info.size_filename);
        if (!names.insert(name).second && !name.ends_with('/'))
            throw ArchiveError("archive_duplicate", "the archive has two files of one name: " + display_text(name));
        if (info.flag & (kEncrypted | kStrongEncryption | kMaskedHeaders))
            throw ArchiveError("archive_encrypted", "the archive is protected by a password");
        if (info.compression_method != 0 && info.compression_method != Z_DEFLATED)
            throw ArchiveError("archive_method", "compression method " + std::to_string(info.compression_method) +
                                                     " is not allowed, only deflate");
        int method = 0, level = 0;
        if (unzOpenCurrentFile2(zip_, &method, &level, 1) != UNZ_OK) // compares the local with the central header
            throw_corrupt("the two headers of a member differ");
        uint64_t data = unzGetCurrentFileZStreamPos64(zip_);
        int extra = unzGetLocalExtrafield(zip_, nullptr, 0);
        unzCloseCurrentFile(zip_);
        // minizip reads no further than the directory says: a size of zero would hide what is there.
        uint64_t most = info.compression_method == 0 ? 0 : kLongestEmptyDeflate;
        if (info.uncompressed_size == 0 && (info.crc != 0 || info.compressed_size > most))
            throw_corrupt("a member is said to be empty and is not");
        uint64_t header = 30 + info.size_filename; // at least
        if (data < header || data + info.compressed_size > begin || data + info.compressed_size < data)
            throw_corrupt("a member lies outside the file");
        if (bytes_at(source_->fd, data - name.size() - static_cast<uint64_t>(std::max(extra, 0)), name.size()) != name)
            names_differ = true; // or it is another member's header, which has an error of its own
        header += static_cast<uint64_t>(std::max(extra, 0));
        extents.push_back({data - std::min(header, data), data + info.compressed_size});
        entry_end = unzGetOffset64(zip_) + 46 + info.size_filename + info.size_file_extra + info.size_file_comment;
    }
    std::sort(extents.begin(), extents.end(), [](const Extent &a, const Extent &b) { return a.begin < b.begin; });
    for (size_t i = 1; i < extents.size(); ++i) {
        if (extents[i].begin < extents[i - 1].end)
            throw ArchiveError("archive_overlap", "members of the archive overlap");
    }
    if (names_differ)
        throw_corrupt("the two headers of a member differ in its name");
    // A directory that goes on after the count it claims would hide members from us.
    char after[4] = {};
    if (::pread(source_->fd, after, sizeof after, static_cast<off_t>(entry_end)) == 4 && std::string_view(after, 4) == "PK\1\2")
        throw_corrupt("the directory has more entries than it says");
    uint64_t known_to = 0; // what no member of the directory covers may be one that it does not name
    extents.push_back({begin, begin});
    for (const Extent &extent : extents) {
        if (extent.begin > known_to + kLongestDescriptor)
            throw ArchiveError("archive_extra_data", "the zip holds something that its directory does not name");
        known_to = extent.end;
    }
}

bool ZipReader::go_on() {
    int result = started_ ? unzGoToNextFile(zip_) : unzGoToFirstFile(zip_);
    started_ = true;
    if (result == UNZ_END_OF_LIST_OF_FILE)
        return false;
    if (result != UNZ_OK)
        throw_corrupt("directory");
    return true;
}

bool ZipReader::next() {
    unz_global_info64 global{};
    unzGetGlobalInfo64(zip_, &global);
    if (global.number_entry == 0)
        return false;
    while (go_on()) {
        unz_file_info64 info{};
        char name[1024];
        if (unzGetCurrentFileInfo64(zip_, &info, name, sizeof name, nullptr, 0, nullptr, 0) != UNZ_OK)
            throw_corrupt("directory");
        name_.assign(name, std::min<size_t>(info.size_filename, sizeof name));
        if (info.uncompressed_size == 0)
            continue;
        packed_ = static_cast<int64_t>(info.compressed_size);
        size_ = static_cast<int64_t>(info.uncompressed_size);
        produced_ = 0;
        at_end_ = false;
        if (unzOpenCurrentFile(zip_) != UNZ_OK)
            throw_corrupt("a member cannot be opened");
        member_open_ = true;
        return true;
    }
    return false;
}

size_t ZipReader::read(std::span<char> buffer) {
    if (at_end_)
        return 0;
    int got = unzReadCurrentFile(zip_, buffer.data(), static_cast<unsigned>(buffer.size()));
    if (got < 0)
        throw_corrupt("a member cannot be unpacked");
    produced_ += got;
    if (got > 0)
        return static_cast<size_t>(got);
    at_end_ = true;
    member_open_ = false;
    if (unzCloseCurrentFile(zip_) != UNZ_OK || produced_ != size_)
        throw_corrupt("the checksum or the size of a member is wrong");
    return 0;
}

} // namespace nem12::loader
